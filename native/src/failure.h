#pragma once

#include <exception>
#include <string>
#include <utility>

namespace tapio {

// What an operation on the kernel failed with. `error` is a positive errno (or a libbpf code from 4000 on).
class Failure : public std::exception {
 public:
  Failure(std::string operation, int error, std::string log = {});

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& operation() const { return operation_; }
  const std::string& log() const { return log_; }
  int error() const { return error_; }

 private:
  std::string operation_;
  int error_;
  std::string log_;
  std::string message_;
};

// Throws when `result` is negative, as libbpf and system calls report it; returns it otherwise.
int Check(int result, const std::string& operation);

}  // namespace tapio
