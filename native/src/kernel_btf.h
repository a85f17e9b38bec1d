#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct btf;
struct btf_type;

namespace tapio {

struct BtfMember {
  std::string name;
  std::string type;
  uint32_t offset_bits;
};

// Answers questions about a kernel's types: what a tracepoint passes, which fields a struct has.
class KernelBtf {
 public:
  // An empty path means the running kernel.
  explicit KernelBtf(const std::string& path);
  ~KernelBtf();

  std::optional<std::vector<std::string>> FunctionArguments(const std::string& name) const;
  std::optional<std::vector<BtfMember>> Members(const std::string& name) const;
  std::optional<int64_t> EnumValue(const std::string& name, const std::string& value) const;
  std::optional<uint32_t> SizeOf(const std::string& name) const;

 private:
  int FindStruct(const std::string& name) const;
  std::string TypeName(uint32_t id, int depth) const;

  struct btf* btf_ = nullptr;
};

}  // namespace tapio
