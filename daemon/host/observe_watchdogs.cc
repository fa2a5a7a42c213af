// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/kernel_files.h"
#include "daemon/host/observe_machine.h"

namespace kdumpd {
namespace {

constexpr std::string_view kPlace = "/sys/class/watchdog";
constexpr std::size_t kMaxWatchdogs = 16;
constexpr std::size_t kMaxNames = 1'000;
constexpr std::size_t kLimit = 4 << 10;

bool IsWatchdog(std::string_view name) {
  constexpr std::string_view kPrefix = "watchdog";
  return name.starts_with(kPrefix) && ParseUnsigned(name.substr(kPrefix.size())).has_value();
}

// One watchdog's attributes (drivers/watchdog/watchdog_dev.c). Those that this kernel does not show
// stay empty; the first that cannot be read is remembered.
class Attributes {
 public:
  Attributes(const KernelFiles& files, std::string_view name)
      : files_(files), directory_(Cat(kPlace, '/', name, '/')) {}

  std::string Text(std::string_view name, bool always = false) {
    auto text = Read(name, always);
    Remember(text);
    return text.ValueOr("");
  }
  std::int64_t Number(std::string_view name, bool always = false) {
    const auto number = Signed(Read(name, always));
    Remember(number);
    return number.ValueOr(0);
  }
  // The file that could not be read and why; absent when all could.
  [[nodiscard]] const Fact<bool>& Trouble() const { return trouble_; }

 private:
  // `always`: every watchdog has it; without, the kernel shows none (CONFIG_WATCHDOG_SYSFS).
  Fact<std::string> Read(std::string_view name, bool always) const {
    const std::string path = Cat(directory_, name);
    auto text = files_.Read(path, kLimit);
    if (!always || !text.absent()) return text;
    return Fact<std::string>::Unreadable(path, "this kernel does not show it");
  }
  template <class T>
  void Remember(const Fact<T>& fact) {
    if (trouble_.absent() && fact.unreadable()) trouble_ = Fact<bool>::Like(fact);
  }

  const KernelFiles& files_;
  std::string directory_;
  Fact<bool> trouble_ = Fact<bool>::Absent("");
};

}  // namespace

Fact<std::vector<Watchdog>> ReadWatchdogs(const HostRoot& root) {
  using Watchdogs = Fact<std::vector<Watchdog>>;
  const KernelFiles sys(root, "/sys/kernel");
  auto listed = NamesIn(root, kPlace, kMaxNames);
  if (!listed && listed.error().code == ErrorCode::kNotFound) {
    return sys.NotThere<std::vector<Watchdog>>(kPlace);
  }
  if (!listed) return Watchdogs::Unreadable(std::string(kPlace), listed.error().message);
  std::erase_if(listed->names, [](const std::string& name) { return !IsWatchdog(name); });
  if (listed->names.size() > kMaxWatchdogs) listed->names.resize(kMaxWatchdogs);
  std::vector<Watchdog> watchdogs;
  for (const std::string& name : listed->names) {
    Attributes attributes(sys, name);
    Watchdog watchdog;
    watchdog.name = name;
    watchdog.identity = attributes.Text("identity", /*always=*/true);
    watchdog.state = attributes.Text("state", /*always=*/true);
    watchdog.timeout_seconds = attributes.Number("timeout");
    watchdog.bootstatus = attributes.Number("bootstatus", /*always=*/true);
    watchdog.pretimeout_governor = attributes.Text("pretimeout_governor");
    if (attributes.Trouble().unreadable()) return Watchdogs::Like(attributes.Trouble());
    watchdogs.push_back(std::move(watchdog));
  }
  return Watchdogs::Known(std::move(watchdogs), std::string(kPlace));
}

}  // namespace kdumpd
