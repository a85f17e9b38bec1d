#include "libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <vector>

namespace tapio {
namespace {

thread_local LibbpfLog* current = nullptr;

int Print(enum libbpf_print_level level, const char* format, va_list args) {
  if (current == nullptr || level == LIBBPF_DEBUG) return 0;
  va_list copy;
  va_copy(copy, args);
  int length = vsnprintf(nullptr, 0, format, copy);
  va_end(copy);
  if (length <= 0) return 0;
  std::vector<char> text(static_cast<size_t>(length) + 1);
  vsnprintf(text.data(), text.size(), format, args);
  current->Append(text.data(), static_cast<size_t>(length));
  return length;
}

}  // namespace

LibbpfLog::LibbpfLog() : outer_(current) { current = this; }

LibbpfLog::~LibbpfLog() { current = outer_; }

void LibbpfLog::Append(const char* bytes, size_t count) {
  text_.append(bytes, count);
  if (text_.size() > kMaxBytes) text_.erase(0, text_.size() - kMaxBytes);
}

void LibbpfLog::Install() { libbpf_set_print(Print); }

}  // namespace tapio
