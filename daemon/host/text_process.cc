// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/text_process.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "daemon/core/text.h"

namespace kdumpd {

Result<TextProcess> TextProcess::Start(const std::string& program,
                                       std::vector<std::string> arguments, std::size_t most) {
  auto child = ChildProcess::Start(program, std::move(arguments));
  if (!child) return std::unexpected(std::move(child).error());
  return TextProcess(*std::move(child), most);
}

std::optional<Result<std::string>> TextProcess::Step() {
  constexpr int kPieces = 16;  // then it is somebody else's turn
  std::array<char, 64 << 10> piece;
  if (!child_.running()) return Fail(ErrorCode::kIo, "it has ended already");
  for (int i = 0; i < kPieces; ++i) {
    const auto said = child_.Read(piece);
    if (!said) return std::nullopt;
    if (said->empty()) {
      const ChildEnd end = child_.End();
      if (end.Was(ChildEnd::Kind::kExited, 0)) return std::move(text_);
      return Fail(ErrorCode::kIo, Describe(end));
    }
    if (said->size() > most_ - text_.size()) {
      child_.Kill();
      return Fail(ErrorCode::kTooLarge, Cat("it says more than ", FormatBytes(most_)));
    }
    text_ += *said;
  }
  return std::nullopt;
}

Result<std::string> WaitFor(TextProcess& process, int total_ms) {
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + std::chrono::milliseconds(total_ms);
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now()).count();
    if (left <= 0) return Fail(ErrorCode::kTimeout, Cat("not done within ", total_ms, " ms"));
    pollfd output{.fd = process.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&output, 1, static_cast<int>(left)) < 0 && errno != EINTR) {
      return Fail(ErrorCode::kIo, "poll");
    }
    if (auto outcome = process.Step()) return std::move(*outcome);
  }
}

}  // namespace kdumpd
