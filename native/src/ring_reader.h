#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bpf_map.h"
#include "ring.h"
#include "unique_fd.h"

namespace tapio {

struct Batch {
  uint32_t slot;
  uint32_t ring;
  // Of the slot in the pool.
  uint64_t offset_bytes;
  Span span;
};

enum class Offer { kTaken, kFull, kClosed };

struct RingSource {
  BpfMap map;
  bool critical;
};

struct ReaderOptions {
  std::vector<RingSource> rings;
  // slot_count slots of slot_bytes each, and a state word per slot: 0 is free, anything else taken.
  uint8_t* slots;
  int32_t* states;
  uint32_t slot_bytes;
  uint32_t slot_count;
  uint32_t tick_ms;
  // Wake-ups that follow each other faster than this are served together.
  uint32_t coalesce_ms;
};

struct ReaderCounters {
  std::atomic<uint64_t> batches{0}, records{0}, bytes{0}, wakeups{0}, queue_full{0}, slots_exhausted{0};
};

/*
 * One thread that copies N rings, critical ones first, into a pool of slots and offers each filled slot.
 * It never waits for the receiver: without a free slot, records stay in the ring (and when that is full, the
 * kernel counts drops). Rings that are not critical leave the last free slot to those that are.
 */
class RingReader {
 public:
  // `offer` is called on the reader's thread and must not block.
  RingReader(ReaderOptions options, std::function<Offer(const Batch&)> offer);
  ~RingReader() { Stop(); }

  void Start();
  // Idempotent; returns when the thread has ended. What was offered but not released is read again by the
  // next reader of the ring.
  void Stop();
  // Reads now instead of at the next tick.
  void Wake();
  Ring& ring(uint32_t index) { return *rings_.at(index); }
  uint32_t ring_count() const { return static_cast<uint32_t>(rings_.size()); }
  const ReaderCounters& counters() const { return counters_; }

 private:
  void Run();
  enum class Drained { kAll, kStarved, kClosed };
  Drained Drain(uint32_t index);
  int TakeSlot(bool critical);
  void FreeSlot(int slot);
  void Clear(int event_fd);

  ReaderOptions options_;
  std::function<Offer(const Batch&)> offer_;
  std::vector<std::unique_ptr<Ring>> rings_;
  std::vector<uint32_t> order_;
  UniqueFd poll_, wake_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
  ReaderCounters counters_;
};

}  // namespace tapio
