#include "ring.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "failure.h"

namespace tapio {
namespace {

constexpr uint32_t kFlags = BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT;

uint64_t LoadPosition(const void* page) {
  return __atomic_load_n(static_cast<const uint64_t*>(page), __ATOMIC_ACQUIRE);
}

// A record's room in the ring: header and content, padded to 8 bytes.
uint64_t RoomOf(uint32_t length) { return (uint64_t{length & ~kFlags} + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8; }

}  // namespace

Ring::Ring(int map_fd, size_t bytes) : bytes_(bytes), page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
  consumer_page_ = mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
  if (consumer_page_ == MAP_FAILED) throw Failure("map a ring's consumer page", errno);
  // The kernel would map the data twice in a row, so that a record at the end is contiguous. Its pages would
  // then count twice in the resident set; records are copied anyway, so Copy() puts the two parts together.
  producer_pages_ = mmap(nullptr, page_ + bytes_, PROT_READ, MAP_SHARED, map_fd, static_cast<off_t>(page_));
  if (producer_pages_ == MAP_FAILED) {
    int error = errno;
    munmap(consumer_page_, page_);
    throw Failure("map a ring's data", error);
  }
  data_ = static_cast<const uint8_t*>(producer_pages_) + page_;
  read_.store(consumer_position());
}

Ring::~Ring() {
  munmap(consumer_page_, page_);
  munmap(producer_pages_, page_ + bytes_);
}

uint64_t Ring::consumer_position() const { return LoadPosition(consumer_page_); }

uint64_t Ring::producer_position() const { return LoadPosition(producer_pages_); }

bool Ring::HasRecord() const {
  uint64_t position = read_position();
  if (position >= producer_position()) return false;
  auto header = reinterpret_cast<const uint32_t*>(data_ + (position & (bytes_ - 1)));
  return (__atomic_load_n(header, __ATOMIC_ACQUIRE) & BPF_RINGBUF_BUSY_BIT) == 0;
}

Span Ring::Copy(uint8_t* target, size_t room) {
  uint64_t producer = producer_position();
  uint64_t position = read_.load(std::memory_order_relaxed);
  Span span{position, position, 0};
  while (span.end < producer) {
    // Whole in its place: positions and the size of the ring are multiples of 8 bytes.
    auto header = reinterpret_cast<const uint32_t*>(data_ + (span.end & (bytes_ - 1)));
    uint32_t length = __atomic_load_n(header, __ATOMIC_ACQUIRE);
    if (length & BPF_RINGBUF_BUSY_BIT) break;
    uint64_t next = span.end + RoomOf(length);
    if (next - span.start > room) {
      if (span.end > span.start) break;
      // Larger than any slot: it can never be handed over.
      oversized_.fetch_add(1, std::memory_order_relaxed);
      span.start = next;
    } else if (!(length & BPF_RINGBUF_DISCARD_BIT)) {
      ++span.records;
    }
    span.end = next;
  }
  size_t copied = span.end - span.start;
  size_t offset = span.start & (bytes_ - 1);
  size_t before_end = std::min(copied, bytes_ - offset);
  memcpy(target, data_ + offset, before_end);
  memcpy(target + before_end, data_, copied - before_end);
  read_.store(span.end, std::memory_order_release);
  return span;
}

bool Ring::Release(uint64_t position) {
  if (position < consumer_position() || position > read_position() || position % 8 != 0) return false;
  __atomic_store_n(static_cast<uint64_t*>(consumer_page_), position, __ATOMIC_RELEASE);
  return true;
}

}  // namespace tapio
