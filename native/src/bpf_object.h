#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapio {

struct ObjectSource {
  std::vector<uint8_t> bytes;
  std::string name;
  // BTF of the kernel to relocate against; empty means the running one.
  std::string btf_path;
};

// The value of a constant: an integer of any width, or the bytes of an aggregate.
struct Constant {
  bool is_integer = false;
  bool negative = false;
  uint64_t integer = 0;
  std::vector<uint8_t> bytes;
};

// A compiled BPF object, from its ELF file to loaded programs and maps.
class BpfObject {
 public:
  explicit BpfObject(ObjectSource source);
  ~BpfObject() { bpf_object__close(object_); }
  BpfObject(const BpfObject&) = delete;
  BpfObject& operator=(const BpfObject&) = delete;

  bool loaded() const { return loaded_; }
  bpf_object* get() const { return object_; }
  bpf_program* Program(const std::string& name) const;
  bpf_map* Map(const std::string& name) const;

  // The following change what Load() will do, and throw after it.
  void SetAutoload(const std::string& program, bool autoload);
  void SetMaxEntries(const std::string& map, uint32_t max_entries);
  // Load() reuses the map pinned there, or pins the new one.
  void SetPinPath(const std::string& map, const std::string& path);
  // Writes a `const volatile` variable, found by name in the object's BTF.
  void SetConstant(const std::string& variable, const Constant& value);
  void Load();

 private:
  void BeforeLoad(const std::string& operation) const;

  ObjectSource source_;
  bpf_object* object_ = nullptr;
  bool loaded_ = false;
};

}  // namespace tapio
