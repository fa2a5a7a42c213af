// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/system_error.h"

namespace kdumpd {

Result<UniqueFd> OpenStateDirectory(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailSystem(Cat("opening ", path), errno);
  return fd;
}

Result<UniqueFd> OpenAgain(int directory, std::string_view path) {
  UniqueFd fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailSystem(Cat("opening ", path), errno);
  return fd;
}

std::string StateFile::Named() const {
  return Cat(path, std::string_view(path.empty() ? "" : "/"), name);
}

Result<std::string> StateFile::Text() const {
  const auto fd = OpenKindAt(directory, name, S_IFREG);
  if (!fd) return std::unexpected(fd.error());
  return ReadAll(fd->get(), most);
}

std::string StateFile::Newer(std::uint64_t schema, std::uint64_t ours) const {
  return Cat(Named(), " has schema ", schema, ", newer than our ", ours, ": left untouched");
}

std::string StateFile::SetAside(std::string_view why) const {
  const std::string aside = Cat(name, ".corrupt");
  const bool moved = writer && renameat(directory, name.c_str(), directory, aside.c_str()) == 0;
  return Cat(Named(), ": ", why, "; ", moved ? Cat("set aside as ", aside) : "not read");
}

bool IsOdd(const Error& error) {
  return error.code == ErrorCode::kInvalid || error.code == ErrorCode::kTooLarge;
}

std::string_view WhyCorrupt(std::string_view text) {
  return text.empty() ? "it is empty" : "it does not parse";
}

}  // namespace kdumpd
