#include "failure.h"

#include <bpf/libbpf.h>

#include <cerrno>

namespace tapio {

Failure::Failure(std::string operation, int error, std::string log)
    : operation_(std::move(operation)), error_(error < 0 ? -error : error), log_(std::move(log)) {
  char text[128] = {};
  libbpf_strerror(error_, text, sizeof(text));
  message_ = operation_ + ": " + text;
}

int Check(int result, const std::string& operation) {
  if (result < 0) throw Failure(operation, errno != 0 ? errno : -result);
  return result;
}

}  // namespace tapio
