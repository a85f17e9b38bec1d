#include "kernel_btf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "failure.h"

namespace tapio {
namespace {

// Types nest a few levels; a limit keeps malformed BTF from recursing for ever.
constexpr int kMaxDepth = 32;

}  // namespace

KernelBtf::KernelBtf(const std::string& path) {
  btf_ = path.empty() ? btf__load_vmlinux_btf() : btf__parse(path.c_str(), nullptr);
  if (btf_ == nullptr) {
    throw Failure(path.empty() ? "load the kernel's BTF" : "load BTF from " + path, errno);
  }
}

KernelBtf::~KernelBtf() { btf__free(btf_); }

std::string KernelBtf::TypeName(uint32_t id, int depth) const {
  if (id == 0) return "void";
  if (depth > kMaxDepth) return "?";
  const btf_type* type = btf__type_by_id(btf_, id);
  if (type == nullptr) return "?";
  std::string name = btf__name_by_offset(btf_, type->name_off);
  switch (btf_kind(type)) {
    case BTF_KIND_PTR: {
      std::string target = TypeName(type->type, depth + 1);
      return target.ends_with('*') ? target + "*" : target + " *";
    }
    case BTF_KIND_CONST:
      return "const " + TypeName(type->type, depth + 1);
    case BTF_KIND_VOLATILE:
      return "volatile " + TypeName(type->type, depth + 1);
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
      return TypeName(type->type, depth + 1);
    case BTF_KIND_ARRAY:
      return TypeName(btf_array(type)->type, depth + 1) + "[" + std::to_string(btf_array(type)->nelems) + "]";
    case BTF_KIND_STRUCT:
      return "struct " + name;
    case BTF_KIND_UNION:
      return "union " + name;
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return "enum " + name;
    case BTF_KIND_FUNC_PROTO:
      return "function";
    case BTF_KIND_FWD:
      return (btf_kflag(type) ? "union " : "struct ") + name;
    default:
      return name;
  }
}

std::optional<std::vector<std::string>> KernelBtf::FunctionArguments(const std::string& name) const {
  int id = btf__find_by_name_kind(btf_, name.c_str(), BTF_KIND_FUNC);
  if (id < 0) id = btf__find_by_name_kind(btf_, name.c_str(), BTF_KIND_TYPEDEF);
  if (id < 0) return std::nullopt;
  const btf_type* type = btf__type_by_id(btf_, static_cast<uint32_t>(id));
  for (int depth = 0; depth < kMaxDepth && !btf_is_func_proto(type); ++depth) {
    if (!btf_is_func(type) && !btf_is_typedef(type) && !btf_is_ptr(type) && !btf_is_mod(type))
      return std::nullopt;
    type = btf__type_by_id(btf_, type->type);
    if (type == nullptr) return std::nullopt;
  }
  if (!btf_is_func_proto(type)) return std::nullopt;
  std::vector<std::string> arguments;
  for (int i = 0; i < btf_vlen(type); ++i) arguments.push_back(TypeName(btf_params(type)[i].type, 0));
  return arguments;
}

int KernelBtf::FindStruct(const std::string& name) const {
  int id = btf__find_by_name_kind(btf_, name.c_str(), BTF_KIND_STRUCT);
  return id >= 0 ? id : btf__find_by_name_kind(btf_, name.c_str(), BTF_KIND_UNION);
}

std::optional<std::vector<BtfMember>> KernelBtf::Members(const std::string& name) const {
  int id = FindStruct(name);
  if (id < 0) return std::nullopt;
  const btf_type* type = btf__type_by_id(btf_, static_cast<uint32_t>(id));
  std::vector<BtfMember> members;
  for (int i = 0; i < btf_vlen(type); ++i) {
    const btf_member& member = btf_members(type)[i];
    members.push_back({btf__name_by_offset(btf_, member.name_off), TypeName(member.type, 0),
                       btf_member_bit_offset(type, static_cast<uint32_t>(i))});
  }
  return members;
}

std::optional<int64_t> KernelBtf::EnumValue(const std::string& name, const std::string& value) const {
  int id = btf__find_by_name_kind(btf_, name.c_str(), BTF_KIND_ENUM);
  if (id < 0) id = btf__find_by_name_kind(btf_, name.c_str(), BTF_KIND_ENUM64);
  if (id < 0) return std::nullopt;
  const btf_type* type = btf__type_by_id(btf_, static_cast<uint32_t>(id));
  for (int i = 0; i < btf_vlen(type); ++i) {
    if (btf_is_enum64(type)) {
      const struct btf_enum64& entry = btf_enum64(type)[i];
      if (value == btf__name_by_offset(btf_, entry.name_off))
        return static_cast<int64_t>(btf_enum64_value(&entry));
    } else {
      const struct btf_enum& entry = btf_enum(type)[i];
      if (value == btf__name_by_offset(btf_, entry.name_off)) return entry.val;
    }
  }
  return std::nullopt;
}

std::optional<uint32_t> KernelBtf::SizeOf(const std::string& name) const {
  int id = FindStruct(name);
  if (id < 0) return std::nullopt;
  return static_cast<uint32_t>(btf__resolve_size(btf_, static_cast<uint32_t>(id)));
}

}  // namespace tapio
