#include <napi.h>

#include "handles.h"
#include "libbpf_log.h"

namespace tapio {
namespace {

Napi::Value SetErrorClass(const Napi::CallbackInfo& info) {
  info.Env().GetInstanceData<Environment>()->error_class = Napi::Persistent(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  LibbpfLog::Install();
  env.SetInstanceData(new Environment());
  Export<SetErrorClass>(env, exports, "setErrorClass");
  ExportSystem(env, exports);
  ExportObjects(env, exports);
  ExportMaps(env, exports);
  ExportReader(env, exports);
  return exports;
}

}  // namespace
}  // namespace tapio

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return tapio::Initialize(env, exports); }

NODE_API_MODULE(tapio, Init)
