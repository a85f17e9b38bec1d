#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tapio {

// What was copied out of a ring: whole records between two positions.
struct Span {
  uint64_t start = 0;
  uint64_t end = 0;
  uint32_t records = 0;
};

/*
 * A BPF ring buffer, mapped. Reading moves a private position only; the kernel gets space back when
 * Release() says so. Positions are bytes since the ring was made and never wrap.
 */
class Ring {
 public:
  Ring(int map_fd, size_t bytes);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Copies committed records, as an exact image of the ring (8-byte headers included), into `target`.
  // One thread only.
  Span Copy(uint8_t* target, size_t room);
  // Takes back the last Copy(): nobody received it. Same thread as Copy().
  void Unread(uint64_t position) { read_.store(position, std::memory_order_release); }
  bool HasRecord() const;
  // False when `position` was never handed out or lies behind what is already released. Any thread.
  bool Release(uint64_t position);

  size_t bytes() const { return bytes_; }
  uint64_t read_position() const { return read_.load(std::memory_order_acquire); }
  uint64_t consumer_position() const;
  uint64_t producer_position() const;
  uint64_t oversized() const { return oversized_.load(std::memory_order_relaxed); }

 private:
  size_t bytes_;
  size_t page_;
  void* consumer_page_ = nullptr;
  void* producer_pages_ = nullptr;
  const uint8_t* data_ = nullptr;
  std::atomic<uint64_t> read_{0};
  std::atomic<uint64_t> oversized_{0};
};

}  // namespace tapio
