#include "bpf_map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "failure.h"

namespace tapio {
namespace {

constexpr uint32_t kBatch = 1024;

bool IsPerCpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

// What kernels answer that lack a batch operation for a type of map (524 is the kernel's ENOTSUPP).
bool LacksBatch(int error) { return error == EINVAL || error == EOPNOTSUPP || error == 524; }

}  // namespace

BpfMap::BpfMap(UniqueFd fd) : fd_(std::move(fd)) {
  bpf_map_info info = {};
  uint32_t bytes = sizeof(info);
  Check(bpf_obj_get_info_by_fd(fd_.get(), &info, &bytes), "read a map's description");
  name_ = info.name;
  id_ = info.id;
  type_ = info.type;
  flags_ = info.map_flags;
  max_entries_ = info.max_entries;
  key_bytes_ = info.key_size;
  value_bytes_ = info.value_size;
  if (IsPerCpu(type_)) {
    value_bytes_ =
        (info.value_size + 7) / 8 * 8 * static_cast<size_t>(Check(libbpf_num_possible_cpus(), "count CPUs"));
  }
}

BpfMap BpfMap::OpenPinned(const std::string& path) {
  return BpfMap(UniqueFd(Check(bpf_obj_get(path.c_str()), "open the map pinned at " + path)));
}

BpfMap BpfMap::Duplicate(int fd) {
  return BpfMap(UniqueFd(Check(fcntl(fd, F_DUPFD_CLOEXEC, 3), "copy a map's descriptor")));
}

int BpfMap::fd() const {
  if (!fd_.valid()) throw Failure("use map " + name_ + ", which is closed", EBADF);
  return fd_.get();
}

bool BpfMap::Lookup(const uint8_t* key, uint8_t* value) const {
  if (bpf_map_lookup_elem(fd(), key, value) == 0) return true;
  if (errno == ENOENT) return false;
  throw Failure("look up in map " + name_, errno);
}

void BpfMap::Update(const uint8_t* key, const uint8_t* value, uint64_t flags) const {
  Check(bpf_map_update_elem(fd(), key, value, flags), "write to map " + name_);
}

bool BpfMap::Delete(const uint8_t* key) const {
  if (bpf_map_delete_elem(fd(), key) == 0) return true;
  if (errno == ENOENT) return false;
  throw Failure("delete from map " + name_, errno);
}

bool BpfMap::ReadBatches(uint32_t limit, Entries& entries) const {
  // The kernel keeps its place in an opaque value as large as a key, at least 4 bytes.
  std::vector<uint8_t> place(std::max<size_t>(key_bytes_, 8));
  uint32_t chunk = std::min(kBatch, max_entries_);
  bool first = true;
  while (entries.count < limit) {
    uint32_t count = std::min(chunk, limit - entries.count);
    entries.keys.resize((entries.count + count) * key_bytes_);
    entries.values.resize((entries.count + count) * value_bytes_);
    int result = bpf_map_lookup_batch(fd(), first ? nullptr : place.data(), place.data(),
                                      entries.keys.data() + entries.count * key_bytes_,
                                      entries.values.data() + entries.count * value_bytes_, &count, nullptr);
    int error = result == 0 ? 0 : errno;
    if (error == ENOSPC) {
      // One bucket of a hash holds more than the room offered.
      if (chunk >= max_entries_ || chunk > limit - entries.count) return false;
      chunk = std::min(chunk * 2, max_entries_);
      continue;
    }
    if (error != 0 && error != ENOENT) {
      if (LacksBatch(error)) return false;
      throw Failure("read map " + name_, error);
    }
    entries.count += count;
    first = false;
    if (error == ENOENT) break;
  }
  return true;
}

void BpfMap::ReadOneByOne(uint32_t limit, Entries& entries) const {
  std::vector<uint8_t> key(key_bytes_), next(key_bytes_), value(value_bytes_);
  bool first = true;
  while (entries.count < limit &&
         bpf_map_get_next_key(fd(), first ? nullptr : key.data(), next.data()) == 0) {
    first = false;
    key.swap(next);
    if (!Lookup(key.data(), value.data())) continue;
    entries.keys.insert(entries.keys.end(), key.begin(), key.end());
    entries.values.insert(entries.values.end(), value.begin(), value.end());
    ++entries.count;
  }
}

Entries BpfMap::Read(uint32_t limit) const {
  Entries entries;
  limit = std::min(limit, max_entries_);
  if (!ReadBatches(limit, entries)) {
    entries = {};
    ReadOneByOne(limit, entries);
  }
  entries.keys.resize(entries.count * key_bytes_);
  entries.values.resize(entries.count * value_bytes_);
  return entries;
}

void BpfMap::Write(const uint8_t* keys, const uint8_t* values, uint32_t count) const {
  if (count == 0) return;
  uint32_t done = count;
  if (bpf_map_update_batch(fd(), keys, values, &done, nullptr) == 0) return;
  if (!LacksBatch(errno)) throw Failure("write to map " + name_, errno);
  for (uint32_t i = 0; i < count; ++i) Update(keys + i * key_bytes_, values + i * value_bytes_, BPF_ANY);
}

uint32_t BpfMap::DeleteAll(const uint8_t* keys, uint32_t count) const {
  // Not the batch operation: it stops at the first key that is already gone.
  uint32_t existed = 0;
  for (uint32_t i = 0; i < count; ++i) existed += Delete(keys + i * key_bytes_) ? 1 : 0;
  return existed;
}

void BpfMap::Pin(const std::string& path) const {
  Check(bpf_obj_pin(fd(), path.c_str()), "pin map " + name_ + " at " + path);
}

}  // namespace tapio
