// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "daemon/core/initrd.h"
#include "daemon/core/text.h"
#include "daemon/host/machine_id.h"
#include "daemon/host/observe_parts.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

Result<InitrdFile> ReadInitrd(const HostRoot& root, const std::string& path) {
  auto fd = root.OpenFile(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  struct stat status{};
  std::array<char, 16> head{};
  ssize_t got = -1;
  if (fstat(fd->get(), &status) == 0) got = pread(fd->get(), head.data(), head.size(), 0);
  if (got < 0) return FailSystem(Cat("reading ", Printable(path)), errno);
  const std::string_view bytes(head.data(), static_cast<std::size_t>(got));
  const auto entry = root.Stat(path);
  return InitrdFile{.path = entry ? entry->resolved : path,
                    .bytes = static_cast<std::uint64_t>(status.st_size),
                    .mtime = status.st_mtim.tv_sec,
                    .magic = std::string(InitrdMagic(bytes))};
}

}  // namespace

void ObserveInitrd(const HostRoot& root, Facts& facts) {
  using Initrd = Fact<InitrdFile>;
  const std::string blind = Blind(facts);
  if (!blind.empty() || !facts.kernel_release.known()) {
    facts.initrd = blind.empty() ? Initrd::Like(facts.kernel_release)
                                 : Initrd::Unreadable(facts.mounts.source(), blind);
    return;
  }
  const std::string machine_id = MachineId(root);
  const InitrdQuestion question{
      .distribution = facts.distribution,
      .cmdline = facts.cmdline.value(),  // "" when it is not known
      .kernel_release = facts.kernel_release.value(),
      .machine_id = machine_id,
      .configured = facts.config.known() ? std::string_view(facts.config->initrd) : "",
      .ostree = facts.ostree,
      .fadump = facts.fadump.known() && facts.fadump->enabled};
  const std::vector<std::string> candidates = InitrdCandidates(question);
  facts.initrd = Initrd::Absent(candidates.front());
  for (const std::string& path : candidates) {
    facts.initrd_looked_at.push_back(path);
    auto file = ReadInitrd(root, path);
    if (file) {
      facts.initrd = Initrd::Known(*std::move(file), path);
      return;
    }
    // One that we may not look at may be the one: the search goes on, but no longer ends in
    // "absent".
    if (file.error().code == ErrorCode::kNotFound || facts.initrd.unreadable()) continue;
    facts.initrd = Initrd::Unreadable(path, file.error().message);
  }
  // Another distribution keeps it elsewhere.
  if (facts.initrd.absent() && !facts.os.known()) {
    facts.initrd = Initrd::Unreadable(
        candidates.front(), "not there, and without /etc/os-release its place is only a guess");
  }
}

}  // namespace kdumpd
