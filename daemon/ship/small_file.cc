// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMost = 64 << 10;

std::unexpected<UploadError> Unfit(std::string_view what, std::string_view path,
                                   std::string_view why) {
  return FailUpload(UploadProblem::kCredentials, Cat(what, " ", Printable(path), ": ", why));
}

}  // namespace

Uploaded<std::string> SmallFile(const std::string& path, std::string_view what) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t got = file ? 1 : -1; got != 0;) {
    if (file) got = read(file.get(), piece.data(), piece.size());
    if (got < 0 && file && errno == EINTR) continue;
    if (got < 0) return Unfit(what, path, std::generic_category().message(errno));
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > kMost) return Unfit(what, path, "it has more than 64 KiB");
  }
  if (text.empty()) return Unfit(what, path, "it is empty");
  return text;
}

Uploaded<std::string> SecretLine(const std::string& path, std::string_view what) {
  auto text = SmallFile(path, what);
  if (!text) return text;
  const std::string_view line = Trim(*text);
  if (line.empty()) return Unfit(what, path, "it is empty");
  if (std::ranges::any_of(line, [](unsigned char c) { return c < 32 || c == 127; })) {
    return Unfit(what, path, "it is not one line of text");
  }
  return std::string(line);
}

}  // namespace kdumpd
