#include <algorithm>
#include <cerrno>
#include <utility>

#include "handles.h"
#include "map_handle.h"
#include "ring_reader.h"

namespace tapio {

namespace {

// In plain Node-API: while a worker is being ended, calls fail without an exception to report, which the C++
// wrapper would turn into an abort. The records are still in the ring then.
void Deliver(Napi::Env env, Napi::Function callback, std::nullptr_t*, Batch* batch) {
  std::unique_ptr<Batch> owned(batch);
  if (env == nullptr) return;
  const std::pair<const char*, double> fields[] = {
      {"slot", owned->slot},
      {"ring", owned->ring},
      {"offsetBytes", static_cast<double>(owned->offset_bytes)},
      {"sizeBytes", static_cast<double>(owned->span.end - owned->span.start)},
      {"records", owned->span.records},
      {"startPosition", static_cast<double>(owned->span.start)},
      {"endPosition", static_cast<double>(owned->span.end)}};
  napi_value message, undefined, number;
  if (napi_create_object(env, &message) != napi_ok || napi_get_undefined(env, &undefined) != napi_ok) return;
  for (auto [name, value] : fields) {
    if (napi_create_double(env, value, &number) != napi_ok) return;
    if (napi_set_named_property(env, message, name, number) != napi_ok) return;
  }
  if (napi_call_function(env, undefined, callback, 1, &message, nullptr) != napi_pending_exception) return;
  // Node.js would only warn of what a callback from another thread throws.
  napi_value thrown;
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
}

using Queue = Napi::TypedThreadSafeFunction<std::nullptr_t, Batch, Deliver>;

}  // namespace

// A reader and what it needs of one JavaScript environment; ends with whichever ends first.
class ReaderHandle {
 public:
  static constexpr napi_type_tag kTypeTag = {0x7461'7069'6f00'0005, 0xb7f0};

  ReaderHandle(Napi::Env env, Napi::Function callback, ReaderOptions options, Napi::Object memory)
      : env_(env), memory_(Napi::Persistent(memory)) {
    uint32_t slots = options.slot_count;
    reader_ =
        std::make_unique<RingReader>(std::move(options), [this](const Batch& batch) { return Send(batch); });
    // As many calls as slots: the queue is bounded by what can be filled.
    queue_ = Queue::New(env, callback, "tapio ring reader", slots, 1);
    napi_add_env_cleanup_hook(env, Cleanup, this);
    open_ = true;
    reader_->Start();
  }
  ~ReaderHandle() { Close(); }

  RingReader& reader() {
    if (!reader_) throw Failure("use a ring reader that is closed", EBADF);
    return *reader_;
  }

  void Close() {
    if (!open_) return;
    open_ = false;
    napi_remove_env_cleanup_hook(env_, Cleanup, this);
    Shut();
  }

 private:
  static void Cleanup(void* self) {
    auto handle = static_cast<ReaderHandle*>(self);
    handle->open_ = false;
    handle->Shut();
  }

  void Shut() {
    reader_.reset();
    queue_.Abort();
    memory_.Reset();
  }

  Offer Send(const Batch& batch) {
    auto message = std::make_unique<Batch>(batch);
    napi_status status = queue_.NonBlockingCall(message.get());
    if (status == napi_ok) {
      message.release();
      return Offer::kTaken;
    }
    return status == napi_queue_full ? Offer::kFull : Offer::kClosed;
  }

  napi_env env_;
  Queue queue_;
  // Keeps the slots alive for as long as the thread may write to them.
  Napi::ObjectReference memory_;
  std::unique_ptr<RingReader> reader_;
  bool open_ = false;
};

namespace {

uint32_t RingIndex(const Napi::CallbackInfo& info, RingReader& reader, size_t argument) {
  double index = Number(info, argument);
  if (!(index >= 0 && index < reader.ring_count()))
    throw Napi::RangeError::New(info.Env(), "the reader has no such ring");
  return static_cast<uint32_t>(index);
}

// (maps, critical flags, memory {slots, states}, {slotSizeBytes, tickMs, coalesceMs}, callback)
Napi::Value ReaderOpen(const Napi::CallbackInfo& info) {
  Napi::Array maps = info[0].As<Napi::Array>();
  Napi::Array critical = info[1].As<Napi::Array>();
  Napi::Object memory = info[2].As<Napi::Object>();
  View slots = BytesOf(memory.Get("slots"));
  View states = BytesOf(memory.Get("states"));
  Napi::Object settings = info[3].As<Napi::Object>();
  auto setting = [&](const char* name) { return settings.Get(name).As<Napi::Number>().Uint32Value(); };
  ReaderOptions options;
  options.slots = slots.data;
  options.states = reinterpret_cast<int32_t*>(states.data);
  options.slot_bytes = setting("slotSizeBytes");
  options.slot_count = static_cast<uint32_t>(states.bytes / sizeof(int32_t));
  options.tick_ms = setting("tickMs");
  options.coalesce_ms = setting("coalesceMs");
  if (slots.bytes != static_cast<size_t>(options.slot_bytes) * options.slot_count) {
    throw Napi::RangeError::New(info.Env(), "the slots' memory is not slotSizeBytes times their number");
  }
  for (uint32_t i = 0; i < maps.Length(); ++i) {
    Napi::Value value = maps[i];
    if (!value.IsExternal() ||
        !value.As<Napi::External<std::shared_ptr<MapHandle>>>().CheckTypeTag(&MapHandle::kTypeTag)) {
      throw Napi::TypeError::New(info.Env(), "a ring is not a map");
    }
    const BpfMap& map = (*value.As<Napi::External<std::shared_ptr<MapHandle>>>().Data())->map;
    options.rings.push_back({BpfMap::Duplicate(map.fd()), critical.Get(i).As<Napi::Boolean>()});
  }
  return Wrap(info.Env(), std::make_shared<ReaderHandle>(info.Env(), info[4].As<Napi::Function>(),
                                                         std::move(options), memory));
}

Napi::Value ReaderRelease(const Napi::CallbackInfo& info) {
  RingReader& reader = Unwrap<ReaderHandle>(info, 0)->reader();
  Ring& ring = reader.ring(RingIndex(info, reader, 1));
  if (!ring.Release(static_cast<uint64_t>(Number(info, 2)))) {
    throw Napi::RangeError::New(
        info.Env(), "release of a position that no batch ended at, or that lies behind the last one");
  }
  return info.Env().Undefined();
}

Napi::Value ReaderWake(const Napi::CallbackInfo& info) {
  Unwrap<ReaderHandle>(info, 0)->reader().Wake();
  return info.Env().Undefined();
}

Napi::Value ReaderCounts(const Napi::CallbackInfo& info) {
  RingReader& reader = Unwrap<ReaderHandle>(info, 0)->reader();
  const ReaderCounters& counters = reader.counters();
  Napi::Object result = Napi::Object::New(info.Env());
  auto count = [&](const char* name, const std::atomic<uint64_t>& value) {
    result.Set(name, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  count("batches", counters.batches);
  count("records", counters.records);
  count("sizeBytes", counters.bytes);
  count("wakeups", counters.wakeups);
  count("queueFull", counters.queue_full);
  count("slotsExhausted", counters.slots_exhausted);
  Napi::Array rings = Napi::Array::New(info.Env());
  for (uint32_t i = 0; i < reader.ring_count(); ++i) {
    Napi::Object ring = Napi::Object::New(info.Env());
    ring.Set("capacityBytes", static_cast<double>(reader.ring(i).bytes()));
    ring.Set("releasedPosition", static_cast<double>(reader.ring(i).consumer_position()));
    ring.Set("readPosition", static_cast<double>(reader.ring(i).read_position()));
    ring.Set("producerPosition", static_cast<double>(reader.ring(i).producer_position()));
    ring.Set("oversized", static_cast<double>(reader.ring(i).oversized()));
    rings.Set(i, ring);
  }
  result.Set("rings", rings);
  return result;
}

Napi::Value ReaderClose(const Napi::CallbackInfo& info) {
  Unwrap<ReaderHandle>(info, 0)->Close();
  return info.Env().Undefined();
}

}  // namespace

void ExportReader(Napi::Env env, Napi::Object exports) {
  Export<ReaderOpen>(env, exports, "readerOpen");
  Export<ReaderRelease>(env, exports, "readerRelease");
  Export<ReaderWake>(env, exports, "readerWake");
  Export<ReaderCounts>(env, exports, "readerCounts");
  Export<ReaderClose>(env, exports, "readerClose");
}

}  // namespace tapio
