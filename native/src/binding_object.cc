#include <bpf/bpf.h>

#include "attach.h"
#include "bpf_link.h"
#include "bpf_object.h"
#include "handles.h"
#include "map_handle.h"

namespace tapio {

struct ObjectHandle {
  static constexpr napi_type_tag kTypeTag = {0x7461'7069'6f00'0003, 0xb7f0};
  std::unique_ptr<BpfObject> object;
};

struct LinkHandle {
  static constexpr napi_type_tag kTypeTag = {0x7461'7069'6f00'0004, 0xb7f0};
  std::unique_ptr<Link> link;
};

namespace {

BpfObject& Object(const Napi::CallbackInfo& info) {
  auto handle = Unwrap<ObjectHandle>(info, 0);
  if (!handle->object) throw Failure("use a BPF object that is closed", EBADF);
  return *handle->object;
}

Link& OpenLink(const Napi::CallbackInfo& info) {
  auto handle = Unwrap<LinkHandle>(info, 0);
  if (!handle->link) throw Failure("use a link that is closed", EBADF);
  return *handle->link;
}

bpf_program* LoadedProgram(const Napi::CallbackInfo& info) {
  bpf_program* program = Object(info).Program(Text(info, 1));
  if (bpf_program__fd(program) < 0)
    throw Failure("use program " + Text(info, 1) + ", which is not loaded", ENOENT);
  return program;
}

Napi::Value ObjectOpen(const Napi::CallbackInfo& info) {
  View bytes = Bytes(info, 0);
  auto handle = std::make_shared<ObjectHandle>();
  handle->object = std::make_unique<BpfObject>(
      ObjectSource{{bytes.data, bytes.data + bytes.bytes}, Text(info, 1), Text(info, 2)});
  return Wrap(info.Env(), handle);
}

Napi::Value ObjectPrograms(const Napi::CallbackInfo& info) {
  Napi::Array result = Napi::Array::New(info.Env());
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, Object(info).get()) {
    Napi::Object entry = Napi::Object::New(info.Env());
    entry.Set("name", bpf_program__name(program));
    entry.Set("section", bpf_program__section_name(program));
    entry.Set("autoload", bpf_program__autoload(program));
    entry.Set("loaded", bpf_program__fd(program) >= 0);
    entry.Set("instructions", static_cast<double>(bpf_program__insn_cnt(program)));
    result.Set(result.Length(), entry);
  }
  return result;
}

Napi::Value ObjectMaps(const Napi::CallbackInfo& info) {
  Napi::Array result = Napi::Array::New(info.Env());
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, Object(info).get()) {
    Napi::Object entry = Napi::Object::New(info.Env());
    entry.Set("name", bpf_map__name(map));
    entry.Set("type", static_cast<double>(bpf_map__type(map)));
    entry.Set("maxEntries", bpf_map__max_entries(map));
    entry.Set("keySizeBytes", bpf_map__key_size(map));
    entry.Set("valueSizeBytes", bpf_map__value_size(map));
    entry.Set("internal", bpf_map__is_internal(map));
    result.Set(result.Length(), entry);
  }
  return result;
}

Napi::Value ObjectSetAutoload(const Napi::CallbackInfo& info) {
  Object(info).SetAutoload(Text(info, 1), Flag(info, 2));
  return info.Env().Undefined();
}

Napi::Value ObjectSetMaxEntries(const Napi::CallbackInfo& info) {
  Object(info).SetMaxEntries(Text(info, 1), static_cast<uint32_t>(Number(info, 2)));
  return info.Env().Undefined();
}

Napi::Value ObjectSetPinPath(const Napi::CallbackInfo& info) {
  Object(info).SetPinPath(Text(info, 1), Text(info, 2));
  return info.Env().Undefined();
}

Napi::Value ObjectSetConstant(const Napi::CallbackInfo& info) {
  Constant constant;
  Napi::Value value = info[2];
  if (value.IsBigInt()) {
    bool lossless = true;
    int sign = 0;
    size_t words = 1;
    value.As<Napi::BigInt>().ToWords(&sign, &words, &constant.integer);
    lossless = words <= 1;
    if (!lossless) throw Napi::RangeError::New(info.Env(), "a constant holds at most 64 bits");
    if (words == 0) constant.integer = 0;
    constant.is_integer = true;
    constant.negative = sign != 0 && constant.integer != 0;
    if (constant.negative) constant.integer = -constant.integer;
  } else {
    View bytes = BytesOf(value);
    constant.bytes.assign(bytes.data, bytes.data + bytes.bytes);
  }
  Object(info).SetConstant(Text(info, 1), constant);
  return info.Env().Undefined();
}

Napi::Value ObjectLoad(const Napi::CallbackInfo& info) {
  Object(info).Load();
  return info.Env().Undefined();
}

Napi::Value ObjectMap(const Napi::CallbackInfo& info) {
  int fd = bpf_map__fd(Object(info).Map(Text(info, 1)));
  if (fd < 0) throw Failure("use map " + Text(info, 1) + " before its object is loaded", ENOENT);
  return Wrap(info.Env(), std::make_shared<MapHandle>(BpfMap::Duplicate(fd)));
}

Napi::Value ObjectClose(const Napi::CallbackInfo& info) {
  Unwrap<ObjectHandle>(info, 0)->object.reset();
  return info.Env().Undefined();
}

std::string TextIn(const Napi::Object& object, const char* key) {
  Napi::Value value = object.Get(key);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

bool FlagIn(const Napi::Object& object, const char* key) {
  Napi::Value value = object.Get(key);
  return value.IsBoolean() && value.As<Napi::Boolean>();
}

double NumberIn(const Napi::Object& object, const char* key, double otherwise) {
  Napi::Value value = object.Get(key);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : otherwise;
}

Napi::Value ProgramAttach(const Napi::CallbackInfo& info) {
  Napi::Object from = info[2].As<Napi::Object>();
  AttachOptions options;
  options.kind = TextIn(from, "kind");
  options.path = TextIn(from, "path");
  options.interface = TextIn(from, "interface");
  options.egress = TextIn(from, "direction") == "egress";
  options.generic = TextIn(from, "mode") == "generic";
  options.frequency_hz = static_cast<uint64_t>(NumberIn(from, "frequencyHz", 0));
  options.symbol = TextIn(from, "symbol");
  options.offset = static_cast<uint64_t>(NumberIn(from, "offset", 0));
  options.pid = static_cast<int>(NumberIn(from, "pid", -1));
  options.on_return = FlagIn(from, "onReturn");
  auto handle = std::make_shared<LinkHandle>();
  handle->link = Attach(LoadedProgram(info), options);
  return Wrap(info.Env(), handle);
}

Napi::Value ProgramPin(const Napi::CallbackInfo& info) {
  Check(bpf_obj_pin(bpf_program__fd(LoadedProgram(info)), Text(info, 2).c_str()),
        "pin program " + Text(info, 1));
  return info.Env().Undefined();
}

Napi::Value RunOnce(Napi::Env env, int program_fd, const Napi::Object& from) {
  bpf_test_run_opts run = {};
  run.sz = sizeof(run);
  run.repeat = static_cast<int>(NumberIn(from, "repeat", 0));
  std::vector<uint8_t> output(static_cast<size_t>(NumberIn(from, "outputSizeBytes", 0)));
  std::vector<uint8_t> context_output;
  if (from.Get("data").IsTypedArray()) {
    View data = BytesOf(from.Get("data"));
    run.data_in = data.data;
    run.data_size_in = static_cast<uint32_t>(data.bytes);
  }
  if (from.Get("context").IsTypedArray()) {
    View context = BytesOf(from.Get("context"));
    run.ctx_in = context.data;
    run.ctx_size_in = static_cast<uint32_t>(context.bytes);
  }
  if (!output.empty()) {
    run.data_out = output.data();
    run.data_size_out = static_cast<uint32_t>(output.size());
  }
  Check(bpf_prog_test_run_opts(program_fd, &run), "run a program");
  Napi::Object result = Napi::Object::New(env);
  result.Set("returnValue", run.retval);
  result.Set("durationNs", run.duration);
  result.Set("data", CopyOut(env, output.data(), std::min<size_t>(output.size(), run.data_size_out)));
  return result;
}

Napi::Value ProgramRun(const Napi::CallbackInfo& info) {
  return RunOnce(info.Env(), bpf_program__fd(LoadedProgram(info)), info[2].As<Napi::Object>());
}

Napi::Value ProgramStatistics(const Napi::CallbackInfo& info) {
  bpf_prog_info description = {};
  uint32_t bytes = sizeof(description);
  Check(bpf_obj_get_info_by_fd(bpf_program__fd(LoadedProgram(info)), &description, &bytes),
        "read a program's description");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("id", description.id);
  result.Set("runCount", static_cast<double>(description.run_cnt));
  result.Set("runTimeNs", static_cast<double>(description.run_time_ns));
  return result;
}

Napi::Value LinkOpen(const Napi::CallbackInfo& info) {
  auto handle = std::make_shared<LinkHandle>();
  handle->link = LibbpfLink::OpenPinned(Text(info, 0));
  return Wrap(info.Env(), handle);
}

Napi::Value LinkInfo(const Napi::CallbackInfo& info) {
  bpf_link_info description = {};
  uint32_t bytes = sizeof(description);
  Check(bpf_obj_get_info_by_fd(OpenLink(info).fd(), &description, &bytes), "read a link's description");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("id", description.id);
  result.Set("type", description.type);
  result.Set("programId", description.prog_id);
  return result;
}

Napi::Value LinkPin(const Napi::CallbackInfo& info) {
  OpenLink(info).Pin(Text(info, 1));
  return info.Env().Undefined();
}

Napi::Value LinkRead(const Napi::CallbackInfo& info) {
  IteratorOutput output = ReadIterator(OpenLink(info), static_cast<size_t>(Number(info, 1)));
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("data", CopyOut(info.Env(), output.bytes.data(), output.bytes.size()));
  result.Set("truncated", output.truncated);
  return result;
}

Napi::Value LinkClose(const Napi::CallbackInfo& info) {
  Unwrap<LinkHandle>(info, 0)->link.reset();
  return info.Env().Undefined();
}

}  // namespace

void ExportObjects(Napi::Env env, Napi::Object exports) {
  Export<ObjectOpen>(env, exports, "objectOpen");
  Export<ObjectPrograms>(env, exports, "objectPrograms");
  Export<ObjectMaps>(env, exports, "objectMaps");
  Export<ObjectSetAutoload>(env, exports, "objectSetAutoload");
  Export<ObjectSetMaxEntries>(env, exports, "objectSetMaxEntries");
  Export<ObjectSetPinPath>(env, exports, "objectSetPinPath");
  Export<ObjectSetConstant>(env, exports, "objectSetConstant");
  Export<ObjectLoad>(env, exports, "objectLoad");
  Export<ObjectMap>(env, exports, "objectMap");
  Export<ObjectClose>(env, exports, "objectClose");
  Export<ProgramAttach>(env, exports, "programAttach");
  Export<ProgramPin>(env, exports, "programPin");
  Export<ProgramRun>(env, exports, "programRun");
  Export<ProgramStatistics>(env, exports, "programStatistics");
  Export<LinkOpen>(env, exports, "linkOpen");
  Export<LinkInfo>(env, exports, "linkInfo");
  Export<LinkPin>(env, exports, "linkPin");
  Export<LinkRead>(env, exports, "linkRead");
  Export<LinkClose>(env, exports, "linkClose");
}

}  // namespace tapio
