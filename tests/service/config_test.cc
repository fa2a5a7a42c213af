// SPDX-License-Identifier: Apache-2.0
#include "daemon/config.h"
#include "daemon/config_values.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

Result<Config> FromFile(std::string_view text) {
  const auto choices = ParseConfigFile(text, "config.yaml");
  if (!choices) return std::unexpected(choices.error());
  return MakeConfig(*choices, {});
}

TEST(Config, TheEmbeddedDefaultNeedsNoFile) {
  const auto config = MakeConfig({}, {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->path.rootfs, "/");
  EXPECT_EQ(config->listen_addresses, std::vector<std::string>{":10910"});
  EXPECT_EQ(config->observe_interval_ms, 15'000);
  EXPECT_TRUE(FromFile(""));
  EXPECT_TRUE(FromFile("# nothing\n"));
}

TEST(Config, EveryKindOfKey) {
  const auto config = FromFile(R"(
path: {rootfs: /host, state: /tmp/state}
web:
  listen-address: ["127.0.0.1:1", "[::1]:2"]
log: {level: debug, format: json}
observe: {interval: 30s, settle: 500ms}
policy:
  arming-allowance: 20m
  reservation-fail-ratio: 0.25
  checks: {panic_on_oops: ignore, panic_timeout: require}
)");
  EXPECT_FALSE(config) << "500ms is below what observe.settle accepts";
  const auto good = FromFile(
      "path.rootfs: /host\nweb: {listen-address: ['127.0.0.1:1', '[::1]:2']}\n"
      "log: {level: debug, format: json}\nobserve: {interval: 30s, settle: 2s}\n"
      "policy:\n  arming-allowance: 20m\n  reservation-fail-ratio: 0.25\n"
      "  checks: {panic_on_oops: ignore, panic_timeout: require}\n");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->path.rootfs, "/host");
  EXPECT_EQ(good->listen_addresses.size(), 2u);
  EXPECT_EQ(good->log_level, LogLevel::kDebug);
  EXPECT_EQ(good->log_format, LogFormat::kJson);
  EXPECT_EQ(good->observe_interval_ms, 30'000);
  EXPECT_EQ(good->policy.arming_allowance_seconds, 1200);
  EXPECT_DOUBLE_EQ(good->policy.reservation_fail_ratio, 0.25);
  EXPECT_EQ(good->policy.weights.at("panic_on_oops"), Weight::kIgnore);
  EXPECT_EQ(good->policy.weights.at("panic_timeout"), Weight::kRequire);
}

struct Mistake {
  std::string_view text;
  std::string_view told;  // must be part of the message
};

TEST(Config, MistakesNameLineKeyAndWhatIsAccepted) {
  const std::vector<Mistake> mistakes{
      {"log: {level: loud}\n",
       "config.yaml:1: log.level: expected debug, info, warn or error, got 'loud'"},
      {"\nobserve:\n  interval: 15\n",
       "config.yaml:3: observe.interval: expected a duration from 1s to 10m, got '15'"},
      {"observe: {interval: 11m}\n", "observe.interval"},
      {"observe: {intervall: 15s}\n",
       "observe.intervall: no such key; expected one of path.rootfs"},
      {"policy: {checks: {panic_on_oopz: ignore}}\n", "policy.checks.panic_on_oopz: no such check"},
      {"policy: {checks: {panic_on_oops: never}}\n", "expected require, prefer or ignore"},
      {"path: {rootfs: host}\n", "path.rootfs: expected an absolute directory, got 'host'"},
      {"web: {listen-address: []}\n", "web.listen-address: expected [HOST]:PORT, got nothing"},
      {"log: {level: [info, warn]}\n", "log.level: expected debug, info, warn or error"},
      {"log:\n", "log: expected a value, got nothing"},
      {"- a\n- b\n", "expected a mapping"},
      {"just words\n", "expected a mapping"},
      {"log: {level: info\n", "not YAML"},
      {"a: {b: {c: {d: {e: {f: 1}}}}}\n", "nested deeper"},
      {"policy: {reservation-fail-ratio: 1.5}\n", "a number from 0 to 1"},
      {"policy: {reservation-fail-ratio: nan}\n", "a number from 0 to 1"},
  };
  for (const Mistake& mistake : mistakes) {
    const auto config = FromFile(mistake.text);
    ASSERT_FALSE(config) << mistake.text;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalid);
    EXPECT_NE(config.error().message.find(mistake.told), std::string::npos)
        << mistake.text << "\n  said: " << config.error().message;
  }
}

TEST(Config, AllMistakesAtOnce) {
  const auto config =
      FromFile("log: {level: loud, format: xml}\nobserve: {interval: soon}\nnope: 1\n");
  ASSERT_FALSE(config);
  const std::string& told = config.error().message;
  for (const char* key : {"log.level", "log.format", "observe.interval", "nope"}) {
    EXPECT_NE(told.find(key), std::string::npos) << key << " is missing in: " << told;
  }
}

TEST(Config, HostileYamlEnds) {
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            ", *a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_FALSE(FromFile(bomb));
  EXPECT_FALSE(FromFile(std::string(2000, '[')));
}

TEST(Config, FlagsWinOverTheFile) {
  const auto file = ParseConfigFile("log: {level: debug}\nweb: {listen-address: [':1']}\n", "f");
  ASSERT_TRUE(file);
  const auto config = MakeConfig(*file, {{"log.level", {"warn"}, "KDUMPD_LOG_LEVEL"},
                                         {"log.level", {"error"}, "--log.level"}});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->log_level, LogLevel::kError);
  EXPECT_EQ(config->listen_addresses.front(), ":1");
  const auto bad = MakeConfig(*file, {{"log.level", {"x"}, "--log.level"}});
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().message.starts_with("--log.level: ")) << bad.error().message;
}

TEST(Config, Durations) {
  EXPECT_EQ(ParseDuration("15s"), 15'000);
  EXPECT_EQ(ParseDuration("250ms"), 250);
  EXPECT_EQ(ParseDuration("5m"), 300'000);
  EXPECT_EQ(ParseDuration("2h"), 7'200'000);
  EXPECT_EQ(ParseDuration("30d"), 2'592'000'000);
  for (const char* bad :
       {"", "15", "s", "-1s", "1.5s", "15 s", "15sec", "99999999999999999999s", "1000001h"}) {
    EXPECT_FALSE(ParseDuration(bad)) << bad;
  }
}

TEST(Config, Sizes) {
  EXPECT_EQ(ParseSize("0"), 0U);
  EXPECT_EQ(ParseSize("1048576"), 1'048'576U);
  EXPECT_EQ(ParseSize("4KiB"), 4096U);
  EXPECT_EQ(ParseSize("512MiB"), std::uint64_t{512} << 20U);
  EXPECT_EQ(ParseSize("50GiB"), std::uint64_t{50} << 30U);
  EXPECT_EQ(ParseSize("8388607TiB"), std::uint64_t{8'388'607} << 40U);
  for (const char* bad :
       {"", "GiB", "5 GiB", "5GB", "5G", "-5GiB", "1.5GiB", "8388608TiB", "99999999999999999999"}) {
    EXPECT_FALSE(ParseSize(bad)) << bad;
  }
}

TEST(Config, RetentionIsOffUntilItIsChosen) {
  EXPECT_FALSE(Config{}.retention.Limits());
  EXPECT_EQ(Config{}.acknowledge_after_seconds, 0);
  const auto file = ParseConfigFile(
      "retention: {keep-newest: 3, max-bytes: 50GiB, max-age: 30d, min-free: 10GiB}\n"
      "crashes: {acknowledge-after: 7d}\n",
      "c.yaml");
  ASSERT_TRUE(file) << file.error().message;
  const auto config = MakeConfig(*file, {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->retention,
            (RetentionPolicy{3, std::uint64_t{50} << 30U, 2'592'000, std::uint64_t{10} << 30U}));
  EXPECT_EQ(config->acknowledge_after_seconds, 604'800);
  const auto off = MakeConfig(*file, {{"retention.max-age", {"off"}, "--retention.max-age"}});
  ASSERT_TRUE(off);
  EXPECT_FALSE(off->retention.max_age_seconds) << "what wins may switch it off";
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"retention.keep-newest", "10001"},
                                                        {"retention.keep-newest", "-1"},
                                                        {"retention.max-bytes", "5GB"},
                                                        {"retention.max-age", "59s"},
                                                        {"retention.max-age", "30"},
                                                        {"retention.min-free", "10%"},
                                                        {"crashes.acknowledge-after", "0s"}}) {
    EXPECT_FALSE(MakeConfig({{key, {value}, "c.yaml:1"}}, {})) << key << ' ' << value;
  }
}

TEST(Config, EnvironmentNames) {
  EXPECT_EQ(EnvironmentName("log.level"), "KDUMPD_LOG_LEVEL");
  EXPECT_EQ(EnvironmentName("web.listen-address"), "KDUMPD_WEB_LISTEN_ADDRESS");
}

}  // namespace
}  // namespace kdumpd
