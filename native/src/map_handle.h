#pragma once

#include <node_api.h>

#include <utility>

#include "bpf_map.h"

namespace tapio {

struct MapHandle {
  static constexpr napi_type_tag kTypeTag = {0x7461'7069'6f00'0002, 0xb7f0};
  explicit MapHandle(BpfMap opened) : map(std::move(opened)) {}
  BpfMap map;
};

}  // namespace tapio
