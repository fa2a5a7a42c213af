// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/ship_process.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/host/memory_file.h"

namespace kdumpd {

Result<ShipProcess> ShipProcess::Start(const UploadJob& job, int journal,
                                       std::span<const int> files) {
  const auto program = ShipProgram();
  if (!program) return std::unexpected(program.error());
  const auto text = MemoryFile(EncodeJob(job));
  if (!text) return std::unexpected(text.error());
  std::vector<int> fds{text->get(), journal};
  fds.insert(fds.end(), files.begin(), files.end());
  auto child = ChildProcess::Start(*program, {}, fds);
  if (!child) return std::unexpected(std::move(child).error());
  return ShipProcess(*std::move(child));
}

std::optional<UploadEnd> ShipProcess::Step() {
  constexpr int kPieces = 16;  // then it is somebody else's turn
  std::array<char, 4096> piece;
  for (int i = 0; i < kPieces; ++i) {
    const auto said = child_.Read(piece);
    if (!said) return std::nullopt;
    if (said->empty()) {
      const ChildEnd end = child_.End();
      if (end.Was(ChildEnd::Kind::kExited, 0) && talk_.end()) return talk_.end();
      return UploadEnd{UploadProblem::kHelper, Cat("kdumpd-ship: ", Describe(end)), 0};
    }
    if (!talk_.Add(*said)) return Kill("kdumpd-ship says what makes no sense");
  }
  return std::nullopt;
}

UploadEnd ShipProcess::Kill(std::string why) {
  child_.Kill();
  return {UploadProblem::kHelper, std::move(why), 0};
}

UploadEnd SilentShip() {
  return {UploadProblem::kTimeout,
          Cat("kdumpd-ship has said nothing for ", kMostShipSilence.count(), " minutes"), 0};
}

UploadEnd WaitFor(ShipProcess& process, const std::function<void(const UploadProgress&)>& shown) {
  constexpr int kShownMs = 500;
  auto heard = std::chrono::steady_clock::now();
  for (;;) {
    pollfd output{.fd = process.fd(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&output, 1, kShownMs);
    if (ready < 0 && errno != EINTR) return {UploadProblem::kHelper, "poll", 0};
    const auto now = std::chrono::steady_clock::now();
    if (ready > 0) heard = now;
    if (now - heard > kMostShipSilence) return SilentShip();
    if (auto end = process.Step()) return *std::move(end);
    if (process.progress() && shown) shown(*process.progress());
  }
}

Result<std::string> ShipProgram() { return HelperProgram("kdumpd-ship"); }

}  // namespace kdumpd
