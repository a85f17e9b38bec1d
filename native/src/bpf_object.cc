#include "bpf_object.h"

#include <bpf/btf.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "failure.h"
#include "libbpf_log.h"

namespace tapio {
namespace {

// Room for what the verifier says of one program; the end of it names the refusal.
constexpr size_t kVerifierLogBytes = 1024 * 1024;
constexpr size_t kVerifierLogKept = 24 * 1024;

struct Variable {
  std::string section;
  uint32_t offset;
  uint32_t bytes;
  const btf_type* type;
};

const btf_type* SkipNames(const btf* types, const btf_type* type) {
  while (type != nullptr && (btf_is_mod(type) || btf_is_typedef(type)))
    type = btf__type_by_id(types, type->type);
  return type;
}

bool FindVariable(const btf* types, const std::string& name, Variable& found) {
  for (uint32_t id = 1; id < btf__type_cnt(types); ++id) {
    const btf_type* section = btf__type_by_id(types, id);
    if (!btf_is_datasec(section)) continue;
    std::string section_name = btf__name_by_offset(types, section->name_off);
    if (!section_name.starts_with(".rodata")) continue;
    for (int i = 0; i < btf_vlen(section); ++i) {
      const btf_var_secinfo& info = btf_var_secinfos(section)[i];
      const btf_type* variable = btf__type_by_id(types, info.type);
      if (name != btf__name_by_offset(types, variable->name_off)) continue;
      found = {section_name, info.offset, info.size,
               SkipNames(types, btf__type_by_id(types, variable->type))};
      return true;
    }
  }
  return false;
}

bool Fits(const Constant& value, uint32_t bytes, bool is_signed) {
  if (bytes >= 8) return !(value.negative && !is_signed);
  uint64_t range = 1ULL << (8 * bytes);
  if (value.negative) return is_signed && -value.integer <= range / 2;
  return value.integer < (is_signed ? range / 2 : range);
}

std::string Tail(const std::string& text, size_t count) {
  return text.size() <= count ? text : "[...]\n" + text.substr(text.size() - count);
}

}  // namespace

BpfObject::BpfObject(ObjectSource source) : source_(std::move(source)) {
  LibbpfLog log;
  bpf_object_open_opts options = {};
  options.sz = sizeof(options);
  options.object_name = source_.name.c_str();
  if (!source_.btf_path.empty()) options.btf_custom_path = source_.btf_path.c_str();
  object_ = bpf_object__open_mem(source_.bytes.data(), source_.bytes.size(), &options);
  if (object_ == nullptr) throw Failure("open BPF object " + source_.name, errno, log.Text());
}

bpf_program* BpfObject::Program(const std::string& name) const {
  bpf_program* program = bpf_object__find_program_by_name(object_, name.c_str());
  if (program == nullptr) throw Failure("find program " + name + " in " + source_.name, ENOENT);
  return program;
}

bpf_map* BpfObject::Map(const std::string& name) const {
  bpf_map* map = bpf_object__find_map_by_name(object_, name.c_str());
  if (map == nullptr) throw Failure("find map " + name + " in " + source_.name, ENOENT);
  return map;
}

void BpfObject::BeforeLoad(const std::string& operation) const {
  if (loaded_) throw Failure(operation + " of " + source_.name + ", which is already loaded", EBUSY);
}

void BpfObject::SetAutoload(const std::string& program, bool autoload) {
  BeforeLoad("choose the programs");
  Check(bpf_program__set_autoload(Program(program), autoload), "choose program " + program);
}

void BpfObject::SetMaxEntries(const std::string& map, uint32_t max_entries) {
  BeforeLoad("resize a map");
  Check(bpf_map__set_max_entries(Map(map), max_entries), "resize map " + map);
}

void BpfObject::SetPinPath(const std::string& map, const std::string& path) {
  BeforeLoad("pin a map");
  Check(bpf_map__set_pin_path(Map(map), path.c_str()), "set the pin path of map " + map);
}

void BpfObject::SetConstant(const std::string& name, const Constant& value) {
  BeforeLoad("set a constant");
  const btf* types = bpf_object__btf(object_);
  Variable variable;
  if (types == nullptr || !FindVariable(types, name, variable)) {
    throw Failure("find constant " + name + " in " + source_.name, ENOENT);
  }
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object_) {
    if (bpf_map__is_internal(map) && std::string_view(bpf_map__name(map)).ends_with(variable.section)) break;
  }
  size_t bytes = 0;
  uint8_t* memory =
      map ? static_cast<uint8_t*>(const_cast<void*>(bpf_map__initial_value(map, &bytes))) : nullptr;
  if (memory == nullptr || variable.offset + variable.bytes > bytes) {
    throw Failure("find the memory of constant " + name, ENOENT);
  }
  memory += variable.offset;
  if (!value.is_integer) {
    if (value.bytes.size() != variable.bytes) {
      throw Failure("set constant " + name + " (" + std::to_string(variable.bytes) + " bytes)", EINVAL);
    }
    memcpy(memory, value.bytes.data(), variable.bytes);
    return;
  }
  bool is_integer = btf_is_int(variable.type) || btf_is_any_enum(variable.type);
  bool is_signed = btf_is_int(variable.type) && (btf_int_encoding(variable.type) & BTF_INT_SIGNED);
  if (!is_integer || !Fits(value, variable.bytes, is_signed)) {
    throw Failure("set constant " + name + " to a number that its type cannot hold", ERANGE);
  }
  // The low bytes of the number, in the machine's order.
  const uint8_t* number = reinterpret_cast<const uint8_t*>(&value.integer);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  number += sizeof(value.integer) - variable.bytes;
#endif
  memcpy(memory, number, variable.bytes);
}

void BpfObject::Load() {
  BeforeLoad("load");
  LibbpfLog log;
  std::vector<char> verifier(kVerifierLogBytes);
  bpf_program* program = nullptr;
  // One buffer serves all: programs load one after the other, and the first refusal ends it.
  bpf_object__for_each_program(program, object_) {
    bpf_program__set_log_buf(program, verifier.data(), verifier.size());
  }
  int result = bpf_object__load(object_);
  int error = errno;
  bpf_object__for_each_program(program, object_) bpf_program__set_log_buf(program, nullptr, 0);
  if (result < 0) {
    std::string said(verifier.data(), strnlen(verifier.data(), verifier.size()));
    std::string against = source_.btf_path.empty() ? "" : " against the types in " + source_.btf_path;
    throw Failure("load BPF object " + source_.name + against, error,
                  log.Text() + (said.empty() ? "" : "verifier: " + Tail(said, kVerifierLogKept)));
  }
  loaded_ = true;
}

}  // namespace tapio
