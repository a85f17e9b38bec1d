#include "handles.h"

#include <cstring>

namespace tapio {

Napi::Error ToJavaScript(Napi::Env env, const Failure& failure) {
  Napi::Object details = Napi::Object::New(env);
  details.Set("errno", failure.error());
  details.Set("operation", failure.operation());
  details.Set("log", failure.log());
  auto environment = env.GetInstanceData<Environment>();
  if (environment->error_class.IsEmpty()) return Napi::Error::New(env, failure.what());
  return environment->error_class.New({Napi::String::New(env, failure.what()), details}).As<Napi::Error>();
}

std::string Text(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsString()) throw Napi::TypeError::New(info.Env(), "expected a string");
  return info[index].As<Napi::String>();
}

double Number(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), "expected a number");
  return info[index].As<Napi::Number>().DoubleValue();
}

bool Flag(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsBoolean()) throw Napi::TypeError::New(info.Env(), "expected a boolean");
  return info[index].As<Napi::Boolean>();
}

View BytesOf(const Napi::Value& value) {
  if (!value.IsTypedArray()) throw Napi::TypeError::New(value.Env(), "expected a Uint8Array");
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  napi_status status = napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok) throw Napi::Error::New(value.Env());
  size_t width = type == napi_int32_array || type == napi_uint32_array ? 4 : 1;
  if (width == 1 && type != napi_uint8_array)
    throw Napi::TypeError::New(value.Env(), "expected a Uint8Array");
  return {static_cast<uint8_t*>(data), length * width};
}

View Bytes(const Napi::CallbackInfo& info, size_t index) { return BytesOf(info[index]); }

Napi::Value CopyOut(Napi::Env env, const void* data, size_t bytes) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, bytes);
  if (bytes > 0) memcpy(array.Data(), data, bytes);
  return array;
}

}  // namespace tapio
