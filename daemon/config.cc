// SPDX-License-Identifier: Apache-2.0
#include "daemon/config.h"

#include <algorithm>
#include <array>
#include <functional>

#include "daemon/config_destinations.h"
#include "daemon/config_values.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// One row for each key: what it accepts and where it goes. A setter returns false for a value that
// is not among what it accepts.
struct Row {
  ConfigKey key;
  std::function<bool(Config&, const std::vector<std::string>&)> set;
};

bool SetAcknowledgeAfter(Config& config, const std::string& value) {
  std::optional<std::int64_t> after;
  if (!SetLimit(after, value, ParseAge)) return false;
  config.acknowledge_after_seconds = after.value_or(0);
  return true;
}

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kFormats{"logfmt", "json"};
constexpr std::array<std::string_view, 2> kBooleans{"false", "true"};
constexpr std::array<std::string_view, 2> kSealing{"optional", "required"};
constexpr std::array<std::string_view, 3> kStored{"all", "any", "off"};  // as StoredWhere
constexpr std::array<std::string_view, 3> kWeights{"require", "prefer", "ignore"};
constexpr std::string_view kCheckPrefix = "policy.checks.";

using Values = std::vector<std::string>;

// NOLINTNEXTLINE(readability-function-size): a table
const std::vector<Row>& Rows() {
  static const std::vector<Row> rows{
      {{"path.rootfs", "/", "an absolute directory", "the node's root as seen from here", true,
        false},
       [](Config& c, const Values& v) { return SetPath(c.path.rootfs, v[0]); }},
      {{"path.procfs", "", "an absolute directory",
        "the node's /proc; below path.rootfs by default", true, false},
       [](Config& c, const Values& v) { return SetPath(c.path.procfs, v[0]); }},
      {{"path.sysfs", "", "an absolute directory", "the node's /sys; below path.rootfs by default",
        true, false},
       [](Config& c, const Values& v) { return SetPath(c.path.sysfs, v[0]); }},
      {{"path.state", "/var/lib/kdumpd", "an absolute directory", "what this daemon remembers",
        true, false},
       [](Config& c, const Values& v) { return SetPath(c.state_directory, v[0]); }},
      {{"path.crash-directory", "", "an absolute directory",
        "where dumps appear, as the node names it; what its kdump configuration implies by default",
        true, false},
       [](Config& c, const Values& v) { return SetPath(c.crash_directory, v[0]); }},
      {{"dbus.socket", "", "an absolute path",
        "the system bus; run/dbus/system_bus_socket below path.rootfs by default", true, false},
       [](Config& c, const Values& v) { return SetPath(c.bus_socket, v[0]); }},
      {{"web.listen-address", ":10910", "[HOST]:PORT",
        "address of the HTTP listener; may be repeated", true, true},
       [](Config& c, const Values& v) {
         c.listen_addresses = v;
         return std::all_of(v.begin(), v.end(),
                            [](const auto& a) { return a.find(':') != std::string::npos; });
       }},
      {{"web.telemetry-path", "/metrics", "a path that begins with /", "path of the metrics", true,
        false},
       [](Config& c, const Values& v) { return SetPath(c.telemetry_path, v[0]); }},
      {{"log.level", "info", "debug, info, warn or error", "least severe lines that are written",
        true, false},
       [](Config& c, const Values& v) { return SetEnum(c.log_level, v[0], kLevels); }},
      {{"log.format", "logfmt", "logfmt or json", "form of the lines", true, false},
       [](Config& c, const Values& v) { return SetEnum(c.log_format, v[0], kFormats); }},
      {{"observe.interval", "15s", "a duration from 1s to 10m", "how often the node is looked at",
        true, false},
       [](Config& c, const Values& v) {
         return SetDuration(c.observe_interval_ms, v[0], 1000, 600'000);
       }},
      {{"observe.settle", "10s", "a duration from 1s to 1h",
        "a dump that changed more recently is being written", true, false},
       [](Config& c, const Values& v) { return SetDuration(c.settle_ms, v[0], 1000, 3'600'000); }},
      {{"node.name", "", "a name", "name of this node; NODE_NAME or the host name by default", true,
        false},
       [](Config& c, const Values& v) {
         c.node = v[0];
         return !v[0].empty() && v[0].size() <= 253;
       }},
      {{"crashes.acknowledge-after", "off", "off or a duration from 1m",
        "the daemon acknowledges a crash that nobody has looked at by then", true, false},
       [](Config& c, const Values& v) { return SetAcknowledgeAfter(c, v[0]); }},
      {{"retention.keep-newest", "off", "off or a number up to 10000",
        "`crashes prune` removes the dumps of all crashes but so many, the newest", true, false},
       [](Config& c, const Values& v) {
         return SetLimit(c.retention.keep_newest, v[0], ParseCount);
       }},
      {{"retention.max-bytes", "off", "off or a size",
        "`crashes prune` removes the oldest dumps until the rest takes no more", true, false},
       [](Config& c, const Values& v) { return SetLimit(c.retention.max_bytes, v[0], ParseSize); }},
      {{"retention.max-age", "off", "off or a duration from 1m",
        "`crashes prune` removes older dumps", true, false},
       [](Config& c, const Values& v) {
         return SetLimit(c.retention.max_age_seconds, v[0], ParseAge);
       }},
      {{"retention.min-free", "off", "off or a size",
        "`crashes prune` removes the oldest dumps until so much of the file system is free", true,
        false},
       [](Config& c, const Values& v) {
         return SetLimit(c.retention.min_free_bytes, v[0], ParseSize);
       }},
      {{"retention.stored", "all", "all, any or off",
        "`crashes prune` removes only dumps that are proven, and confirmed at that moment, to be "
        "at all destinations, at one of them, or anywhere",
        true, false},
       [](Config& c, const Values& v) { return SetEnum(c.uploads.required, v[0], kStored); }},
      {{"uploads.cluster", "default", "a name",
        "first part of the names of objects: CLUSTER/NODE/ID/vmcore", true, false},
       [](Config& c, const Values& v) {
         c.uploads.cluster = v[0];
         return !v[0].empty() && v[0].size() <= 253;
       }},
      {{"uploads.encryption", "optional", "optional or required",
        "required: nothing but manifests leaves this node in the clear", true, false},
       [](Config& c, const Values& v) { return SetEnum(c.uploads.seal_required, v[0], kSealing); }},
      {{"uploads.pause-under-pressure", "true", "true or false",
        "uploads pause while the node is short of memory or of disk time", true, false},
       [](Config& c, const Values& v) { return SetEnum(c.uploads.pressure, v[0], kBooleans); }},
      {{"uploads.give-up-after", "7d", "off or a duration from 1m",
        "an upload that makes no progress for so long is given up", true, false},
       [](Config& c, const Values& v) {
         std::optional<std::int64_t> after;
         if (!SetLimit(after, v[0], ParseAge)) return false;
         c.uploads.give_up_after_seconds = after.value_or(0);
         return true;
       }},
      {{"drill.enabled", "false", "true or false", "`drill start` may crash this node on purpose",
        false, false},
       [](Config& c, const Values& v) { return SetEnum(c.drill_enabled, v[0], kBooleans); }},
      {{"policy.arming-allowance", "15m", "a duration up to 24h",
        "how long a start of the kdump service may take", false, false},
       [](Config& c, const Values& v) {
         return SetSeconds(c.policy.arming_allowance_seconds, v[0], 86'400);
       }},
      {{"policy.load-lost-grace", "15s", "a duration up to 1h",
        "how long a reload may leave nothing loaded", false, false},
       [](Config& c, const Values& v) {
         return SetSeconds(c.policy.load_lost_grace_seconds, v[0], 3600);
       }},
      {{"policy.reservation-fail-ratio", "0.6", "a number from 0 to 1",
        "a reservation below this part of the recommended size fails", false, false},
       [](Config& c, const Values& v) { return SetRatio(c.policy.reservation_fail_ratio, v[0]); }},
  };
  return rows;
}

std::string KnownChecks() {
  std::string names;
  for (const Check& check : Checks()) names += Cat(names.empty() ? "" : ", ", check.id);
  return names;
}

std::string KnownKeys() {
  std::string names;
  for (const Row& row : Rows()) names += Cat(names.empty() ? "" : ", ", row.key.key);
  return Cat(names, ", ", kCheckPrefix, "<check>, ", kDestinationPrefix, "<name>.<key>");
}

// "" when the choice was good, else the mistake.
std::string Apply(Config& config, const Choice& choice) {
  if (choice.key.starts_with(kDestinationPrefix)) {
    return ApplyDestination(config.uploads.targets, choice);
  }
  if (choice.key.starts_with(kCheckPrefix)) {
    const std::string id = choice.key.substr(kCheckPrefix.size());
    const auto checks = Checks();
    const bool known =
        std::any_of(checks.begin(), checks.end(), [&](const Check& c) { return c.id == id; });
    if (!known)
      return Cat(choice.origin, ": ", Printable(choice.key), ": no such check; expected one of ",
                 KnownChecks());
    if (choice.values.size() == 1 && SetEnum(config.policy.weights[id], choice.values[0], kWeights))
      return "";
    return Cat(choice.origin, ": ", choice.key, ": expected require, prefer or ignore");
  }
  for (const Row& row : Rows()) {
    if (row.key.key != choice.key) continue;
    const bool shape = row.key.is_list ? !choice.values.empty() : choice.values.size() == 1;
    if (shape && row.set(config, choice.values)) return "";
    const std::string got =
        choice.values.empty() ? "nothing" : Cat("'", Printable(choice.values[0]), "'");
    return Cat(choice.origin, ": ", choice.key, ": expected ", row.key.accepts, ", got ", got);
  }
  return Cat(choice.origin, ": ", Printable(choice.key), ": no such key; expected one of ",
             KnownKeys());
}

// What checks need to know of the destinations.
void FillPolicy(Config& config) {
  config.policy.seal_required = config.uploads.seal_required;
  for (const UploadTarget& target : config.uploads.targets) {
    config.policy.destinations.push_back({target.name, !target.recipients.empty()});
  }
}

constexpr std::size_t kMaxMistakes = 100;

}  // namespace

Result<Config> MakeConfig(const std::vector<Choice>& file, const std::vector<Choice>& flags) {
  Config config;
  std::vector<std::string> mistakes;
  for (const std::vector<Choice>* choices : {&file, &flags}) {
    for (const Choice& choice : *choices) {
      const std::string mistake = Apply(config, choice);
      if (!mistake.empty() && mistakes.size() < kMaxMistakes) mistakes.push_back(mistake);
    }
  }
  for (const std::string& mistake : DestinationMistakes(config.uploads.targets)) {
    if (mistakes.size() < kMaxMistakes) mistakes.push_back(mistake);
  }
  if (!mistakes.empty()) return Fail(ErrorCode::kInvalid, Joined(mistakes));
  FillPolicy(config);
  return config;
}

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> keys = [] {
    std::vector<ConfigKey> all;
    for (const Row& row : Rows()) all.push_back(row.key);
    return all;
  }();
  return keys;
}

std::string EnvironmentName(std::string_view key) {
  std::string name = "KDUMPD_";
  for (const char c : key) {
    const bool letter = c >= 'a' && c <= 'z';
    name += letter ? static_cast<char>(c - 'a' + 'A') : '_';
  }
  return name;
}

}  // namespace kdumpd
