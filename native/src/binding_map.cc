#include "handles.h"
#include "map_handle.h"

namespace tapio {
namespace {

const BpfMap& Map(const Napi::CallbackInfo& info) { return Unwrap<MapHandle>(info, 0)->map; }

View BytesOfSize(const Napi::CallbackInfo& info, size_t index, size_t bytes, const char* what) {
  View view = Bytes(info, index);
  if (view.bytes != bytes) {
    throw Napi::RangeError::New(info.Env(), std::string(what) + " holds " + std::to_string(view.bytes) +
                                                " bytes where the map needs " + std::to_string(bytes));
  }
  return view;
}

uint32_t Count(const Napi::CallbackInfo& info, size_t index) {
  return static_cast<uint32_t>(Number(info, index));
}

Napi::Value MapOpen(const Napi::CallbackInfo& info) {
  return Wrap(info.Env(), std::make_shared<MapHandle>(BpfMap::OpenPinned(Text(info, 0))));
}

Napi::Value MapInfo(const Napi::CallbackInfo& info) {
  const BpfMap& map = Map(info);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("name", map.name());
  result.Set("id", map.id());
  result.Set("type", map.type());
  result.Set("flags", map.flags());
  result.Set("maxEntries", map.max_entries());
  result.Set("keySizeBytes", static_cast<double>(map.key_bytes()));
  result.Set("valueSizeBytes", static_cast<double>(map.value_bytes()));
  return result;
}

Napi::Value MapLookup(const Napi::CallbackInfo& info) {
  const BpfMap& map = Map(info);
  View key = BytesOfSize(info, 1, map.key_bytes(), "key");
  Napi::Uint8Array value = Napi::Uint8Array::New(info.Env(), map.value_bytes());
  if (!map.Lookup(key.data, value.Data())) return info.Env().Undefined();
  return value;
}

Napi::Value MapUpdate(const Napi::CallbackInfo& info) {
  const BpfMap& map = Map(info);
  View key = BytesOfSize(info, 1, map.key_bytes(), "key");
  View value = BytesOfSize(info, 2, map.value_bytes(), "value");
  map.Update(key.data, value.data, static_cast<uint64_t>(Number(info, 3)));
  return info.Env().Undefined();
}

Napi::Value MapDelete(const Napi::CallbackInfo& info) {
  const BpfMap& map = Map(info);
  return Napi::Boolean::New(info.Env(), map.Delete(BytesOfSize(info, 1, map.key_bytes(), "key").data));
}

Napi::Value MapRead(const Napi::CallbackInfo& info) {
  Entries entries = Map(info).Read(Count(info, 1));
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("count", entries.count);
  result.Set("keys", CopyOut(info.Env(), entries.keys.data(), entries.keys.size()));
  result.Set("values", CopyOut(info.Env(), entries.values.data(), entries.values.size()));
  return result;
}

Napi::Value MapWrite(const Napi::CallbackInfo& info) {
  const BpfMap& map = Map(info);
  uint32_t count = Count(info, 3);
  View keys = BytesOfSize(info, 1, count * map.key_bytes(), "keys");
  View values = BytesOfSize(info, 2, count * map.value_bytes(), "values");
  map.Write(keys.data, values.data, count);
  return info.Env().Undefined();
}

Napi::Value MapDeleteAll(const Napi::CallbackInfo& info) {
  const BpfMap& map = Map(info);
  uint32_t count = Count(info, 2);
  View keys = BytesOfSize(info, 1, count * map.key_bytes(), "keys");
  return Napi::Number::New(info.Env(), map.DeleteAll(keys.data, count));
}

Napi::Value MapPin(const Napi::CallbackInfo& info) {
  Map(info).Pin(Text(info, 1));
  return info.Env().Undefined();
}

Napi::Value MapClose(const Napi::CallbackInfo& info) {
  Unwrap<MapHandle>(info, 0)->map.Close();
  return info.Env().Undefined();
}

}  // namespace

void ExportMaps(Napi::Env env, Napi::Object exports) {
  Export<MapOpen>(env, exports, "mapOpen");
  Export<MapInfo>(env, exports, "mapInfo");
  Export<MapLookup>(env, exports, "mapLookup");
  Export<MapUpdate>(env, exports, "mapUpdate");
  Export<MapDelete>(env, exports, "mapDelete");
  Export<MapRead>(env, exports, "mapRead");
  Export<MapWrite>(env, exports, "mapWrite");
  Export<MapDeleteAll>(env, exports, "mapDeleteAll");
  Export<MapPin>(env, exports, "mapPin");
  Export<MapClose>(env, exports, "mapClose");
}

}  // namespace tapio
