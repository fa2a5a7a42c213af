// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/inspect_process.h"

#include <poll.h>
#include <signal.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "daemon/core/inspect_arguments.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

static_assert(kFirstDumpFd == kFirstChildFd);

InspectOutcome Without(std::string_view reason, std::string detail) {
  return {"", std::string(reason), std::move(detail)};
}

InspectOutcome OfSignal(const ChildEnd& end) {
  if (end.number == SIGXCPU) return Without("inspector_cpu", Describe(end));
  // Nobody else kills it so: the kernel, short of memory.
  if (end.number == SIGKILL) return Without("inspector_memory", Describe(end));
  return Without("inspector_signal", Describe(end));
}

InspectOutcome OfExit(const ChildEnd& end) {
  if (end.number == kInspectNoMemory) {
    return Without("inspector_memory", "it needs more memory than it may have");
  }
  std::string detail = Describe(end);
  if (end.number == kInspectNoSandbox) detail += ": it could not confine itself";
  if (end.number == 127) detail += ": it could not be started";
  return Without("inspector_failed", std::move(detail));
}

}  // namespace

Result<InspectProcess> InspectProcess::Start(const std::string& program, std::span<const int> files,
                                             const InspectRequest& request) {
  if (files.empty() || files.size() > kMaxDumpFiles) {
    return Fail(ErrorCode::kInvalid, Cat(files.size(), " files to inspect"));
  }
  auto child = ChildProcess::Start(program,
                                   CommandLine({.level = request.level,
                                                .log_bytes = request.log_bytes,
                                                .files = files.size(),
                                                .memory_bytes = request.memory_bytes,
                                                .cpu_seconds = request.cpu_seconds}),
                                   files);
  if (!child) return std::unexpected(std::move(child).error());
  return InspectProcess(*std::move(child));
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
  using Kind = ChildEnd::Kind;
  const ChildEnd end = child_.End();
  if (end.kind == Kind::kWentOn) return Without("inspector_garbled", Describe(end));
  if (end.kind == Kind::kSignalled) return OfSignal(end);
  if (end.kind == Kind::kExited && end.number != 0) return OfExit(end);
  // Untold: then only what it said counts.
  if (!frames_.AtBoundary()) return Without("inspector_garbled", "it ended within a frame");
  if (facts_.empty()) return Without("inspector_garbled", "it ended without an answer");
  return {std::move(facts_), "", ""};
}

std::optional<InspectOutcome> InspectProcess::Step(const Handlers& handlers) {
  constexpr int kPieces = 16;  // then it is somebody else's turn
  std::array<char, 64 << 10> piece;
  if (!child_.running()) return Without("inspector_failed", "it has ended already");
  for (int i = 0; i < kPieces; ++i) {
    const auto said = child_.Read(piece);
    if (!said) return std::nullopt;
    if (said->empty()) return End();
    frames_.Append(*said);
    if (const auto taken = Take(handlers); !taken) {
      child_.Kill();
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

Result<std::string> InspectProgram() { return HelperProgram("kdumpd-inspect"); }

}  // namespace kdumpd
