// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "daemon/core/unique_fd.h"

extern char** environ;

namespace kdumpd {

// A program of the test's own, with its standard input and output on pipes. Ended by its pid when
// this is dropped, and waited for.
class Child {
 public:
  explicit Child(std::vector<std::string> argv) {
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    if (::pipe2(in, O_CLOEXEC) < 0 || ::pipe2(out, O_CLOEXEC) < 0) return;
    const UniqueFd child_in(in[0]);
    const UniqueFd child_out(out[1]);
    input_.Reset(in[1]);
    output_.Reset(out[0]);
    std::vector<char*> words;
    argv.insert(argv.begin(), {"setpriv", "--pdeathsig", "TERM"});
    for (auto& word : argv) words.push_back(word.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, child_in.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, child_out.get(), 1);
    if (posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Child() { End(SIGTERM); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void Send(int signal) const {
    if (pid_ > 0) ::kill(pid_, signal);
  }

  // Closes its input, sends `signal`, kills it when it has not ended within 10 s; its wait status.
  int End(int signal) {
    if (pid_ <= 0) return -1;
    input_.Reset();
    Send(signal);
    Send(SIGCONT);
    int status = -1;
    for (int i = 0; ::waitpid(pid_, &status, i < 1000 ? WNOHANG : 0) == 0; ++i) {
      if (i == 999) Send(SIGKILL);
      ::usleep(10'000);
    }
    pid_ = -1;
    return status;
  }

  // Its next line of output, or what came of it before its end or the limit.
  std::string Line(std::chrono::milliseconds limit = std::chrono::milliseconds(30000)) const {
    std::string line;
    const auto end = std::chrono::steady_clock::now() + limit;
    for (char c = 0;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd output{.fd = output_.get(), .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || ::poll(&output, 1, static_cast<int>(left.count())) <= 0) break;
      if (::read(output_.get(), &c, 1) != 1 || c == '\n') break;
      line += c;
    }
    return line;
  }

 private:
  pid_t pid_ = -1;
  UniqueFd input_;
  UniqueFd output_;
};

}  // namespace kdumpd
