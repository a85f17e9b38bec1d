#include "handles.h"
#include "kernel_btf.h"
#include "probe.h"

namespace tapio {

struct BtfHandle {
  static constexpr napi_type_tag kTypeTag = {0x7461'7069'6f00'0001, 0xb7f0};
  std::unique_ptr<KernelBtf> btf;
};

namespace {

Napi::Value ProbeSystem(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  ProbeReport report = Probe();
  Napi::Object result = Napi::Object::New(env);
  result.Set("kernelRelease", report.kernel_release);
  result.Set("btf", report.btf);
  result.Set("bpffs", report.bpffs);
  result.Set("lockdown", report.lockdown);
  result.Set("cgroupMode", report.cgroup_mode);
  result.Set("possibleCpus", report.possible_cpus);
  result.Set("pageSizeBytes", static_cast<double>(report.page_bytes));
  Napi::Object capabilities = Napi::Object::New(env);
  for (const auto& [name, held] : report.capabilities) capabilities.Set(name, held);
  result.Set("capabilities", capabilities);
  Napi::Object programs = Napi::Object::New(env);
  for (const auto& program : report.programs) programs.Set(program.type, program.result);
  result.Set("programs", programs);
  return result;
}

Napi::Value Clocks(const Napi::CallbackInfo& info) {
  ClockPair pair = ReadClocks();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("bootNs", Napi::BigInt::New(info.Env(), pair.boot_ns));
  result.Set("realNs", Napi::BigInt::New(info.Env(), pair.real_ns));
  result.Set("errorNs", static_cast<double>(pair.error_ns));
  return result;
}

Napi::Value BpffsAt(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), IsBpffs(Text(info, 0)));
}

Napi::Value Mount(const Napi::CallbackInfo& info) {
  MountBpffs(Text(info, 0));
  return info.Env().Undefined();
}

Napi::Value Unmount(const Napi::CallbackInfo& info) {
  UnmountBpffs(Text(info, 0));
  return info.Env().Undefined();
}

Napi::Value OpenBtf(const Napi::CallbackInfo& info) {
  auto handle = std::make_shared<BtfHandle>();
  handle->btf = std::make_unique<KernelBtf>(Text(info, 0));
  return Wrap(info.Env(), handle);
}

const KernelBtf& Btf(const Napi::CallbackInfo& info) {
  auto handle = Unwrap<BtfHandle>(info, 0);
  if (!handle->btf) throw Failure("ask a BTF that is closed", EBADF);
  return *handle->btf;
}

Napi::Value BtfArguments(const Napi::CallbackInfo& info) {
  auto arguments = Btf(info).FunctionArguments(Text(info, 1));
  if (!arguments) return info.Env().Undefined();
  Napi::Array result = Napi::Array::New(info.Env(), arguments->size());
  for (uint32_t i = 0; i < arguments->size(); ++i) result.Set(i, (*arguments)[i]);
  return result;
}

Napi::Value BtfMembers(const Napi::CallbackInfo& info) {
  auto members = Btf(info).Members(Text(info, 1));
  if (!members) return info.Env().Undefined();
  Napi::Array result = Napi::Array::New(info.Env(), members->size());
  for (uint32_t i = 0; i < members->size(); ++i) {
    Napi::Object member = Napi::Object::New(info.Env());
    member.Set("name", (*members)[i].name);
    member.Set("type", (*members)[i].type);
    member.Set("offsetBits", (*members)[i].offset_bits);
    result.Set(i, member);
  }
  return result;
}

Napi::Value BtfEnumValue(const Napi::CallbackInfo& info) {
  auto value = Btf(info).EnumValue(Text(info, 1), Text(info, 2));
  if (!value) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(*value));
}

Napi::Value BtfSize(const Napi::CallbackInfo& info) {
  auto size = Btf(info).SizeOf(Text(info, 1));
  if (!size) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), *size);
}

Napi::Value BtfClose(const Napi::CallbackInfo& info) {
  Unwrap<BtfHandle>(info, 0)->btf.reset();
  return info.Env().Undefined();
}

}  // namespace

void ExportSystem(Napi::Env env, Napi::Object exports) {
  Export<ProbeSystem>(env, exports, "probe");
  Export<Clocks>(env, exports, "readClocks");
  Export<BpffsAt>(env, exports, "isBpffs");
  Export<Mount>(env, exports, "mountBpffs");
  Export<Unmount>(env, exports, "unmountBpffs");
  Export<OpenBtf>(env, exports, "btfOpen");
  Export<BtfArguments>(env, exports, "btfArguments");
  Export<BtfMembers>(env, exports, "btfMembers");
  Export<BtfEnumValue>(env, exports, "btfEnumValue");
  Export<BtfSize>(env, exports, "btfSize");
  Export<BtfClose>(env, exports, "btfClose");
}

}  // namespace tapio
