#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "unique_fd.h"

namespace tapio {

struct Entries {
  std::vector<uint8_t> keys;
  std::vector<uint8_t> values;
  uint32_t count = 0;
};

// A map of the kernel, held by a descriptor of its own: independent of the object that made it.
class BpfMap {
 public:
  explicit BpfMap(UniqueFd fd);
  static BpfMap OpenPinned(const std::string& path);
  // Takes a copy of a descriptor that somebody else owns.
  static BpfMap Duplicate(int fd);

  int fd() const;
  const std::string& name() const { return name_; }
  uint32_t id() const { return id_; }
  uint32_t type() const { return type_; }
  uint32_t flags() const { return flags_; }
  uint32_t max_entries() const { return max_entries_; }
  size_t key_bytes() const { return key_bytes_; }
  // Of one value as user space reads and writes it: for per-CPU maps, of all CPUs together.
  size_t value_bytes() const { return value_bytes_; }

  bool Lookup(const uint8_t* key, uint8_t* value) const;
  void Update(const uint8_t* key, const uint8_t* value, uint64_t flags) const;
  bool Delete(const uint8_t* key) const;
  // At most `limit` entries, in batches where the kernel can.
  Entries Read(uint32_t limit) const;
  void Write(const uint8_t* keys, const uint8_t* values, uint32_t count) const;
  // Returns how many existed.
  uint32_t DeleteAll(const uint8_t* keys, uint32_t count) const;
  void Pin(const std::string& path) const;
  void Close() { fd_.Reset(); }

 private:
  bool ReadBatches(uint32_t limit, Entries& entries) const;
  void ReadOneByOne(uint32_t limit, Entries& entries) const;

  UniqueFd fd_;
  std::string name_;
  uint32_t id_ = 0, type_ = 0, flags_ = 0, max_entries_ = 0;
  size_t key_bytes_ = 0, value_bytes_ = 0;
};

}  // namespace tapio
