// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "daemon/core/hash.h"
#include "daemon/core/text.h"
#include "daemon/host/durable_file.h"
#include "daemon/host/lock_within.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/state_file.h"
#include "daemon/host/stored_json.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

using Json = JsonReader::Json;

constexpr std::uint64_t kSchema = 1;
constexpr std::size_t kMaxBytes = 4 << 20;  // 10,000 dumps take some 200 KiB
constexpr int kMostDepth = 8;
constexpr char kBootFile[] = "boot.json";
constexpr char kLockFile[] = "lock";

// The same dump after the daemon's restart: of what does not change once it is written.
std::uint64_t KeyOf(const Dump& dump) {
  return Hash(Cat(dump.directory, '\0', dump.vmcore, '\0', dump.crash_time));
}

// The keys of a file of our schema; nothing when it is not one.
std::optional<std::vector<std::uint64_t>> KeysIn(const Json& boot) {
  const auto list = boot.find("historic");
  const auto start = boot.find("first_start");
  if (list == boot.end() || !list->is_array() || start == boot.end() ||
      !start->is_number_integer()) {
    return std::nullopt;
  }
  std::vector<std::uint64_t> keys;
  for (const Json& item : *list) {
    const auto* text = item.get_ptr<const Json::string_t*>();
    const auto key =
        text != nullptr && text->size() == 16 ? ParseUnsigned(*text, 16) : std::nullopt;
    if (!key) return std::nullopt;
    keys.push_back(*key);
  }
  std::ranges::sort(keys);
  return keys;
}

StateFile BootFile(int directory, std::string_view path) {
  return {directory, path, kBootFile, kMaxBytes};
}

ParsedFile<std::vector<std::uint64_t>> ParseBoot(std::string_view text) {
  return ParseStored(text, kSchema, kMostDepth, KeysIn);
}

}  // namespace

Result<StateDirectory> StateDirectory::Open(const std::string& path, int lock_wait_ms) {
  StateDirectory state;
  state.path_ = path;
  if (auto made = Make(path); !made) return std::unexpected(made.error());
  auto directory = OpenStateDirectory(path);
  if (!directory) return std::unexpected(directory.error());
  state.directory_ = *std::move(directory);
  // The kubelet makes a hostPath 0755. Best effort: not being its owner is no reason to stop.
  (void)fchmod(state.directory_.get(), 0700);
  constexpr int kLockFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  state.lock_ = UniqueFd(openat(state.directory_.get(), kLockFile, kLockFlags, 0600));
  if (!state.lock_) return FailSystem(Cat("locking ", path), errno);
  if (auto locked = LockWithin(state.lock_.get(), lock_wait_ms); !locked) {
    return std::unexpected(locked.error().In(Cat("locking ", path)));
  }
  if (auto loaded = state.Load(); !loaded) return std::unexpected(loaded.error().In(path));
  return state;
}

StateDirectory StateDirectory::Forgetful() {
  StateDirectory state;
  state.read_only_ = true;
  return state;
}

StateDirectory StateDirectory::Peek(const std::string& path) {
  StateDirectory state = Forgetful();
  state.needs_inventory_ = false;
  const auto directory = OpenStateDirectory(path);
  if (!directory) return state;
  if (const auto text = BootFile(directory->get(), path).Text()) {
    state.historic_ = ParseBoot(*text).value.value_or(std::vector<std::uint64_t>{});
  }
  return state;
}

Result<void> StateDirectory::Make(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return FailSystem(Cat("making ", path), errno);
}

bool StateDirectory::IsHeld(const std::string& path) {
  const auto directory = OpenStateDirectory(path);
  if (!directory) return false;
  const auto lock = OpenKindAt(directory->get(), kLockFile, S_IFREG);
  // Shared, and only for this moment: a daemon that starts meanwhile waits for longer.
  return lock && flock(lock->get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<void> StateDirectory::Load() {
  if (unlinkat(directory_.get(), UnfinishedName(kBootFile).c_str(), 0) == 0) {
    notes_.push_back(Cat(path_, ": removed an unfinished ", kBootFile));
  }
  const StateFile file = BootFile(directory_.get(), path_);
  const auto text = file.Text();
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return {};
    if (!IsOdd(text.error())) return std::unexpected(text.error().In(Cat("reading ", kBootFile)));
    SetAside(text.error().message);
    return {};
  }
  auto boot = ParseBoot(*text);
  if (boot.schema > kSchema) {
    read_only_ = true;
    notes_.push_back(
        Cat(file.Newer(boot.schema, kSchema), "; dumps that are here now count as historic"));
    return {};
  }
  if (!boot.value) {
    SetAside(WhyCorrupt(*text));
    return {};
  }
  historic_ = *std::move(boot.value);
  needs_inventory_ = false;
  return {};
}

// Under the first free of nine names; the ninth is used again.
void StateDirectory::SetAside(std::string_view why) {
  std::string name;
  for (int n = 1; n <= 9; ++n) {
    name = Cat(kBootFile, ".corrupt-", n);
    if (faccessat(directory_.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) break;
  }
  const bool moved = renameat(directory_.get(), kBootFile, directory_.get(), name.c_str()) == 0;
  notes_.push_back(Cat(path_, "/", kBootFile, ": ", why,
                       moved ? Cat("; set aside as ", name) : "; it cannot be set aside",
                       "; dumps that are here now count as historic"));
}

Result<void> StateDirectory::RecordInventory(const std::vector<Dump>& dumps, std::int64_t now) {
  if (!needs_inventory_) return {};
  if (first_start_ == 0) {
    for (const Dump& dump : dumps) {
      if (!dump.newcomer) historic_.push_back(KeyOf(dump));
    }
    std::ranges::sort(historic_);
    first_start_ = std::max<std::int64_t>(now, 1);
  }
  if (!read_only_) {
    Json boot = {{"schema_version", kSchema}, {"first_start", first_start_}};
    boot["historic"] = Json::array();
    for (const std::uint64_t key : historic_) boot["historic"].push_back(Hex(key));
    auto written = ReplaceFile(directory_.get(), kBootFile, StoredText(boot));
    if (!written) return std::unexpected(written.error().In(path_));
  }
  needs_inventory_ = false;
  return {};
}

Result<bool> StateDirectory::Remember(Facts& facts) {
  const bool needs = needs_inventory_;
  if (!facts.dumps.known() && !(facts.dumps.absent() && needs)) return false;
  std::vector<Dump> none;
  std::vector<Dump>& dumps = facts.dumps.known() ? facts.dumps.value() : none;
  if (needs && facts.dumps_partial) {
    // The inventory waits for the rest: of what the first listing named.
    for (Dump& dump : dumps) dump.historic = !dump.newcomer;
    return false;
  }
  const auto recorded = needs ? RecordInventory(dumps, facts.now) : Result<void>();
  MarkHistoric(dumps);
  if (!recorded) return std::unexpected(recorded.error());
  return needs;
}

void StateDirectory::MarkHistoric(std::vector<Dump>& dumps) const {
  for (Dump& dump : dumps) {
    if (!dump.historic && std::ranges::binary_search(historic_, KeyOf(dump))) dump.historic = true;
  }
}

}  // namespace kdumpd
