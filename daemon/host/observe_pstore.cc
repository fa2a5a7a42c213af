// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ranges>
#include <string>
#include <utility>

#include "daemon/core/machine_texts.h"
#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/kernel_files.h"
#include "daemon/host/observe_machine.h"
#include "daemon/host/observe_parts.h"

namespace kdumpd {
namespace {

constexpr std::string_view kLive = "/sys/fs/pstore";
constexpr std::string_view kArchive = "/var/lib/systemd/pstore";
constexpr int kArchiveDepth = 3;         // systemd-pstore(8): RECORD-ID/COUNT/FILE at the deepest
constexpr std::size_t kMaxNames = 4096;  // in one directory
constexpr std::size_t kMaxLooks = 256;   // in one tree
constexpr std::size_t kMaxRecords = 32;
constexpr std::size_t kFirstLine = 128;

// The regular files below one directory. Names that lead elsewhere are not followed.
class Walk {
 public:
  Walk(const HostRoot& root, bool archived) : root_(root), archived_(archived) {}

  Result<void> Into(const std::string& directory, int depth) {
    const auto here = root_.Stat(directory);
    if (!here) return std::unexpected(here.error());
    const auto list = NamesIn(root_, directory, kMaxNames);
    if (!list) return std::unexpected(list.error());
    // The newest first: the archive's begin with the time.
    for (const std::string& name : list->names | std::views::reverse) {
      if (seen_ == kMaxLooks) break;
      ++seen_;
      Look(*here, Cat(directory, '/', name), name, depth);
    }
    return {};
  }
  [[nodiscard]] std::vector<PstoreRecord> Take() { return std::move(records_); }

 private:
  void Look(const HostRoot::Entry& above, const std::string& path, const std::string& name,
            int depth) {
    const auto entry = root_.Stat(path);
    if (!entry || entry->resolved != Cat(above.resolved, '/', name)) return;
    if (S_ISDIR(entry->status.st_mode) && depth > 1) {
      // Gone since, or not ours to read. NOLINTNEXTLINE(bugprone-unused-return-value)
      static_cast<void>(Into(path, depth - 1));
    } else if (S_ISREG(entry->status.st_mode)) {
      records_.push_back({path, "", entry->status.st_mtim.tv_sec, archived_});
    }
  }

  const HostRoot& root_;
  bool archived_;
  std::size_t seen_ = 0;
  std::vector<PstoreRecord> records_;
};

using Records = Fact<std::vector<PstoreRecord>>;

Records Collect(const HostRoot& root, std::string_view directory, int depth, bool archived) {
  Walk walk(root, archived);
  const auto done = walk.Into(std::string(directory), depth);
  if (done) return Records::Known(walk.Take(), std::string(directory));
  return Records::From(std::unexpected(done.error()), std::string(directory));
}

bool IsMounted(const Facts& facts) {
  return facts.mounts.known() && std::ranges::any_of(facts.mounts.value(), [](const Mount& mount) {
           return mount.point == kLive && mount.fstype == "pstore";
         });
}

// The kernel makes the mount point; an empty one says nothing.
Records ReadLive(const HostRoot& root, const Facts& facts) {
  Records live = Collect(root, kLive, 1, false);
  if (live.absent()) {
    return KernelFiles(root, "/sys/kernel").NotThere<std::vector<PstoreRecord>>(kLive);
  }
  if (!live.known() || !live->empty() || IsMounted(facts)) return live;
  return Records::Unreadable(std::string(kLive), Cat(kLive, " is empty and not mounted"));
}

Records ReadArchive(const HostRoot& root, const Facts& facts) {
  const std::string why = Blind(facts);
  if (!why.empty()) return Records::Unreadable(std::string(kArchive), why);
  return Collect(root, kArchive, kArchiveDepth, true);
}

std::string KindOf(const HostRoot& root, const std::string& path) {
  const auto fd = root.OpenFile(path);
  const auto head = fd ? ReadAt(fd->get(), 0, kFirstLine) : std::unexpected(fd.error());
  return head ? PstoreKind(*head) : "";
}

}  // namespace

Fact<std::vector<PstoreRecord>> ReadPstore(const HostRoot& root, const Facts& facts) {
  Records live = ReadLive(root, facts);
  Records archive = ReadArchive(root, facts);
  std::vector<PstoreRecord> records = live.ValueOr({});
  const auto archived = archive.ValueOr({});
  records.insert(records.end(), archived.begin(), archived.end());
  if (records.empty()) {  // a record that is found counts, whatever else is hidden
    if (live.known() && archive.unreadable()) return archive;
    if (live.absent() && !archive.absent()) return archive;
    return live;
  }
  std::ranges::sort(records, [](const PstoreRecord& a, const PstoreRecord& b) {
    return std::pair(b.mtime, a.path) < std::pair(a.mtime, b.path);
  });
  if (records.size() > kMaxRecords) records.resize(kMaxRecords);
  for (PstoreRecord& record : records) record.kind = KindOf(root, record.path);
  return Records::Known(std::move(records),
                        std::string(live.ValueOr({}).empty() ? kArchive : kLive));
}

}  // namespace kdumpd
