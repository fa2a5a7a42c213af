// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/inspect_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

#include "daemon/core/inspect_arguments.h"
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
    const int first_free = kFirstDumpFd + static_cast<int>(files.size());
    Add(output, STDOUT_FILENO, first_free);
    for (std::size_t i = 0; i < files.size(); ++i) {
      Add(files[i], kFirstDumpFd + static_cast<int>(i), first_free);
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

InspectOutcome Without(std::string_view reason, std::string detail) {
  return {"", std::string(reason), std::move(detail)};
}

InspectOutcome OfSignal(int signal) {
  std::string detail = Cat("killed by signal ", signal);
  if (const char* name = ::sigabbrev_np(signal)) detail += Cat(" (SIG", name, ")");
  if (signal == SIGXCPU) return Without("inspector_cpu", std::move(detail));
  // Nobody else kills it so: the kernel, short of memory.
  if (signal == SIGKILL) return Without("inspector_memory", std::move(detail));
  return Without("inspector_signal", std::move(detail));
}

InspectOutcome OfExit(int status) {
  if (status == kInspectNoMemory) {
    return Without("inspector_memory", "it needs more memory than it may have");
  }
  std::string detail = Cat("exit status ", status);
  if (status == kInspectNoSandbox) detail += ": it could not confine itself";
  if (status == 127) detail += ": it could not be started";
  return Without("inspector_failed", std::move(detail));
}

}  // namespace

Result<InspectProcess> InspectProcess::Start(const std::string& program, std::span<const int> files,
                                             const InspectRequest& request) {
  if (files.empty() || files.size() > kMaxDumpFiles) {
    return Fail(ErrorCode::kInvalid, Cat(files.size(), " files to inspect"));
  }
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return FailSystem("pipe", errno);
  UniqueFd output(ends[0]);
  const UniqueFd input(ends[1]);
  if (::fcntl(output.get(), F_SETFL, O_NONBLOCK) != 0) return FailSystem("pipe", errno);
  const ChildFiles actions(files, input.get());
  if (actions.error() != 0) return FailSystem("files of kdumpd-inspect", actions.error());

  std::vector<std::string> words = CommandLine({.level = request.level,
                                                .log_bytes = request.log_bytes,
                                                .files = files.size(),
                                                .memory_bytes = request.memory_bytes,
                                                .cpu_seconds = request.cpu_seconds});
  words.insert(words.begin(), program);
  std::vector<char*> arguments(words.size() + 1);
  std::ranges::transform(words, arguments.begin(), [](std::string& word) { return word.data(); });
  char* no_environment = nullptr;
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), actions.get(), ChildSignals().get(),
                                  arguments.data(), &no_environment);
  if (error != 0) return FailSystem(Cat("starting ", program), error);
  return InspectProcess(pid, std::move(output));
}

InspectProcess::InspectProcess(InspectProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      frames_(std::move(other.frames_)),
      facts_(std::move(other.facts_)) {}

InspectProcess::~InspectProcess() { Kill(); }

void InspectProcess::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  (void)Reap(pid_, kKilledMs);
  pid_ = -1;
}

Result<void> InspectProcess::Take(const Handlers& handlers) {
  for (;;) {
    auto next = frames_.Next();
    if (!next) return std::unexpected(next.error());
    if (!*next) return {};
    std::string& payload = (*next)->payload;
    switch ((*next)->type) {
      case FrameType::kProgress: {
        const auto progress = DecodeProgress(payload);
        if (!progress) return std::unexpected(progress.error());
        if (handlers.progress) handlers.progress(*progress);
        break;
      }
      case FrameType::kLog:
        if (!payload.ends_with('\n')) return Fail(ErrorCode::kInvalid, "log without its line end");
        if (handlers.log) handlers.log(payload);
        break;
      case FrameType::kFacts:
        facts_ = std::move(payload);
        break;
    }
  }
}

InspectOutcome InspectProcess::End() {
  const auto status = Reap(pid_, kEndingMs);
  if (!status) {
    Kill();
    return Without("inspector_garbled", "it closed its output and went on");
  }
  pid_ = -1;
  const bool told = *status != kNotOurs;  // else only what it said counts
  if (told && WIFSIGNALED(*status)) return OfSignal(WTERMSIG(*status));
  if (told && WEXITSTATUS(*status) != 0) return OfExit(WEXITSTATUS(*status));
  if (!frames_.AtBoundary()) return Without("inspector_garbled", "it ended within a frame");
  if (facts_.empty()) return Without("inspector_garbled", "it ended without an answer");
  return {std::move(facts_), "", ""};
}

std::optional<InspectOutcome> InspectProcess::Step(const Handlers& handlers) {
  constexpr int kPieces = 16;  // then it is somebody else's turn
  std::array<char, 64 << 10> piece;
  if (pid_ <= 0) return Without("inspector_failed", "it has ended already");
  for (int i = 0; i < kPieces; ++i) {
    const ssize_t got = ::read(output_.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return std::nullopt;
    if (got <= 0) return End();
    frames_.Append({piece.data(), static_cast<std::size_t>(got)});
    if (const auto taken = Take(handlers); !taken) {
      Kill();
      return Without("inspector_garbled", taken.error().message);
    }
  }
  return std::nullopt;
}

InspectOutcome WaitFor(InspectProcess& process, const InspectProcess::Handlers& handlers,
                       int stall_ms, int total_ms) {
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + std::chrono::milliseconds(total_ms);
  for (;;) {
    if (total_ms > 0 && steady_clock::now() >= end) {
      return Without("inspector_timeout", Cat("not done within ", total_ms, " ms"));
    }
    pollfd output{.fd = process.fd(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&output, 1, stall_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return Without("inspector_timeout", Cat("silent for ", stall_ms, " ms"));
    if (auto outcome = process.Step(handlers)) return std::move(*outcome);
  }
}

Result<std::string> InspectProgram() {
  constexpr std::string_view kName = "/kdumpd-inspect";
  std::array<char, 4096> self;
  const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size());
  const std::string_view path(self.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string_view directory = path.substr(0, path.find_last_of('/') + 1);
  // A package may be unpacked below another prefix than it was configured for.
  std::vector<std::string> places{Cat(KDUMPD_LIBEXEC, kName)};
  if (!directory.empty()) {
    places = {Cat(directory, kName.substr(1)), Cat(directory, "../libexec/kdumpd", kName),
              places.front()};
  }
  std::string missing;
  for (const std::string& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place;
    missing += Cat(missing.empty() ? "no program " : ", ", place);
  }
  return Fail(ErrorCode::kNotFound, missing);
}

}  // namespace kdumpd
