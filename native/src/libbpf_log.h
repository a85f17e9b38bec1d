#pragma once

#include <string>

namespace tapio {

// Collects what libbpf prints on this thread while it lives, at most kMaxBytes of it (the newest).
class LibbpfLog {
 public:
  static constexpr size_t kMaxBytes = 32 * 1024;

  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  std::string Text() const { return text_; }
  void Append(const char* bytes, size_t count);

  // libbpf has one print function per process: this one only serves the thread's current collector.
  static void Install();

 private:
  LibbpfLog* outer_;
  std::string text_;
};

}  // namespace tapio
