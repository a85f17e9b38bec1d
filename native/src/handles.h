#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "failure.h"

namespace tapio {

// What this module keeps per JavaScript environment (main thread or worker).
struct Environment {
  Napi::FunctionReference error_class;
};

// Turns a Failure into the error class that index.js registered.
Napi::Error ToJavaScript(Napi::Env env, const Failure& failure);

// Native objects travel as externals; the type tag keeps one kind from being taken for another.
template <typename T>
Napi::Value Wrap(Napi::Env env, std::shared_ptr<T> object) {
  auto holder = new std::shared_ptr<T>(std::move(object));
  auto external = Napi::External<std::shared_ptr<T>>::New(
      env, holder, [](Napi::Env, std::shared_ptr<T>* held) { delete held; });
  external.TypeTag(&T::kTypeTag);
  return external;
}

template <typename T>
std::shared_ptr<T> Unwrap(const Napi::CallbackInfo& info, size_t index) {
  Napi::Value value = info[index];
  if (!value.IsExternal() || !value.As<Napi::External<std::shared_ptr<T>>>().CheckTypeTag(&T::kTypeTag)) {
    throw Napi::TypeError::New(info.Env(), "not a handle of the expected kind");
  }
  return *value.As<Napi::External<std::shared_ptr<T>>>().Data();
}

// Argument readers: index.js has normalised types, these refuse what it let through.
std::string Text(const Napi::CallbackInfo& info, size_t index);
double Number(const Napi::CallbackInfo& info, size_t index);
bool Flag(const Napi::CallbackInfo& info, size_t index);
struct View {
  uint8_t* data;
  size_t bytes;
};
View Bytes(const Napi::CallbackInfo& info, size_t index);
View BytesOf(const Napi::Value& value);

Napi::Value CopyOut(Napi::Env env, const void* data, size_t bytes);

using Function = Napi::Value (*)(const Napi::CallbackInfo&);

// Exports `function` under `name`, turning failures into JavaScript errors.
template <Function function>
void Export(Napi::Env env, Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New(
                        env,
                        [](const Napi::CallbackInfo& info) -> Napi::Value {
                          try {
                            return function(info);
                          } catch (const Failure& failure) {
                            throw ToJavaScript(info.Env(), failure);
                          }
                        },
                        name));
}

void ExportSystem(Napi::Env env, Napi::Object exports);
void ExportObjects(Napi::Env env, Napi::Object exports);
void ExportMaps(Napi::Env env, Napi::Object exports);
void ExportReader(Napi::Env env, Napi::Object exports);

}  // namespace tapio
