// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

// The first of the descriptors that a child is given.
inline constexpr int kFirstChildFd = 3;

// How a child ended.
struct ChildEnd {
  enum class Kind {
    kExited,     // `number`: its exit status
    kSignalled,  // `number`: the signal that killed it
    kUntold,     // somebody else has waited for it
    kWentOn,     // it closed its output and did not end; killed
  };
  Kind kind = Kind::kUntold;
  int number = 0;

  [[nodiscard]] bool Was(Kind what, int which) const { return kind == what && number == which; }
};
// "exit status 1", "killed by signal 11 (SIGSEGV)", ...
[[nodiscard]] std::string Describe(const ChildEnd& end);

// A program at work for us: started with posix_spawn in a process group of its own, without
// environment, signals of ours, or descriptors but /dev/null as input and errors, a pipe as output,
// and what it is given. One thread. The destructor kills and reaps it: dropping it is how to stop
// one that takes too long.
class ChildProcess {
 public:
  // `files` become its descriptors kFirstChildFd and up; they stay the caller's.
  static Result<ChildProcess> Start(const std::string& program, std::vector<std::string> arguments,
                                    std::span<const int> files = {});
  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess() { Kill(); }

  // Becomes readable when Read() has something to say. Nonblocking.
  [[nodiscard]] int fd() const { return output_.get(); }
  // False once it was ended or killed here.
  [[nodiscard]] bool running() const { return pid_ > 0; }

  // What is there of its output, as much as `buffer` takes; "" at its end; nothing: not now.
  [[nodiscard]] std::optional<std::string_view> Read(std::span<char> buffer) const;
  // After the end of its output: waits some seconds at most. Only while running().
  [[nodiscard]] ChildEnd End();
  void Kill();

 private:
  ChildProcess(pid_t pid, UniqueFd output) : pid_(pid), output_(std::move(output)) {}

  pid_t pid_ = -1;
  UniqueFd output_;
};

// Where the helper of that name is: beside this program (a build tree, a container), else where it
// is installed. kNotFound names all places.
[[nodiscard]] Result<std::string> HelperProgram(std::string_view name);

}  // namespace kdumpd
