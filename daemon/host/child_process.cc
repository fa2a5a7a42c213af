// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "daemon/core/text.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

// Ours may be any numbers, also those that the child wants: copies above all of them, so that
// nothing is overwritten that is still to be copied.
class ChildFiles {
 public:
  ChildFiles(std::span<const int> files, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    const int first_free = kFirstChildFd + static_cast<int>(files.size());
    Add(output, STDOUT_FILENO, first_free);
    for (std::size_t i = 0; i < files.size(); ++i) {
      Add(files[i], kFirstChildFd + static_cast<int>(i), first_free);
    }
    for (const auto& [fd, flags] : {std::pair(STDIN_FILENO, O_RDONLY), {STDERR_FILENO, O_WRONLY}}) {
      Note(::posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", flags, 0));
    }
    Note(::posix_spawn_file_actions_addclosefrom_np(&actions_, first_free));
  }
  ~ChildFiles() { ::posix_spawn_file_actions_destroy(&actions_); }
  ChildFiles(const ChildFiles&) = delete;
  ChildFiles& operator=(const ChildFiles&) = delete;

  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  void Note(int error) {
    if (error_ == 0) error_ = error;
  }
  void Add(int fd, int wanted, int first_free) {
    copies_.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, first_free));
    if (!copies_.back()) return Note(errno);
    Note(::posix_spawn_file_actions_adddup2(&actions_, copies_.back().get(), wanted));
  }

  posix_spawn_file_actions_t actions_{};
  std::vector<UniqueFd> copies_;
  int error_ = 0;
};

// No signal blocked or ignored, whatever we do with them, and none of those that a terminal sends.
class ChildSignals {
 public:
  ChildSignals() {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~ChildSignals() { ::posix_spawnattr_destroy(&attributes_); }
  ChildSignals(const ChildSignals&) = delete;
  ChildSignals& operator=(const ChildSignals&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

constexpr int kNotOurs = -1;  // no wait status

// The wait status of a process that is about to end; nothing when it is still there after
// `milliseconds`: in the kernel, for a disk that does not answer.
std::optional<int> Reap(pid_t pid, int milliseconds) {
  long nanoseconds = 20'000;
  for (std::int64_t left = milliseconds * 1'000'000LL; left > 0; left -= nanoseconds) {
    int status = 0;
    const pid_t done = ::waitpid(pid, &status, WNOHANG);
    if (done == pid) return status;
    // Somebody else has waited for it, or nobody may: its number is not its own any more.
    if (done < 0 && errno == ECHILD) return kNotOurs;
    if (done < 0 && errno != EINTR) return std::nullopt;
    nanoseconds = std::min(2 * nanoseconds, 10'000'000L);
    const timespec pause{.tv_sec = 0, .tv_nsec = nanoseconds};
    (void)::nanosleep(&pause, nullptr);
  }
  return std::nullopt;
}
constexpr int kEndingMs = 5000;  // of a busy machine
constexpr int kKilledMs = 1000;

}  // namespace

std::string Describe(const ChildEnd& end) {
  switch (end.kind) {
    case ChildEnd::Kind::kExited:
      return Cat("exit status ", end.number);
    case ChildEnd::Kind::kSignalled: {
      const char* name = ::sigabbrev_np(end.number);
      return Cat("killed by signal ", end.number, name != nullptr ? Cat(" (SIG", name, ")") : "");
    }
    case ChildEnd::Kind::kUntold:
      return "somebody else waited for it";
    case ChildEnd::Kind::kWentOn:
      break;
  }
  return "it closed its output and went on";
}

Result<ChildProcess> ChildProcess::Start(const std::string& program,
                                         std::vector<std::string> arguments,
                                         std::span<const int> files) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return FailSystem("pipe", errno);
  UniqueFd output(ends[0]);
  const UniqueFd input(ends[1]);
  if (::fcntl(output.get(), F_SETFL, O_NONBLOCK) != 0) return FailSystem("pipe", errno);
  const ChildFiles actions(files, input.get());
  if (actions.error() != 0) return FailSystem(Cat("files of ", program), actions.error());

  arguments.insert(arguments.begin(), program);
  std::vector<char*> words(arguments.size() + 1);
  std::ranges::transform(arguments, words.begin(), [](std::string& word) { return word.data(); });
  char* no_environment = nullptr;
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), actions.get(), ChildSignals().get(),
                                  words.data(), &no_environment);
  if (error != 0) return FailSystem(Cat("starting ", program), error);
  return ChildProcess(pid, std::move(output));
}

std::optional<std::string_view> ChildProcess::Read(std::span<char> buffer) const {
  for (;;) {
    const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
    if (got > 0) return std::string_view(buffer.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return std::nullopt;
    return "";
  }
}

ChildEnd ChildProcess::End() {
  const auto status = Reap(pid_, kEndingMs);
  if (!status) {
    Kill();
    return {ChildEnd::Kind::kWentOn, 0};
  }
  pid_ = -1;
  if (*status == kNotOurs) return {ChildEnd::Kind::kUntold, 0};
  if (WIFSIGNALED(*status)) return {ChildEnd::Kind::kSignalled, WTERMSIG(*status)};
  return {ChildEnd::Kind::kExited, WEXITSTATUS(*status)};
}

void ChildProcess::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  (void)Reap(pid_, kKilledMs);
  pid_ = -1;
}

Result<std::string> HelperProgram(std::string_view name) {
  std::array<char, 4096> self;
  const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size());
  const std::string_view path(self.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string_view directory = path.substr(0, path.find_last_of('/') + 1);
  // A package may be unpacked below another prefix than it was configured for.
  std::vector<std::string> places{Cat(KDUMPD_LIBEXEC, '/', name)};
  if (!directory.empty()) {
    places = {Cat(directory, name), Cat(directory, "../libexec/kdumpd/", name), places.front()};
  }
  std::string missing;
  for (const std::string& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place;
    missing += Cat(missing.empty() ? "no program " : ", ", place);
  }
  return Fail(ErrorCode::kNotFound, missing);
}

}  // namespace kdumpd
