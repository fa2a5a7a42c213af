// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/text.h"
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::string_view kCheck = "upload_encryption";

std::function<void(Facts&)> Conf(std::string_view line,
                                 ConfigDialect dialect = ConfigDialect::kKdumpConf) {
  return [text = Cat(line, "\n"), dialect](Facts& facts) {
    facts.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(dialect, text), "/etc/kdump.conf");
  };
}
void NoConfig(Facts& facts) { facts.config = Fact<KdumpConfig>::Absent("/etc/kdump.conf"); }
void LockedConfig(Facts& facts) { facts.config = Locked<KdumpConfig>("/etc/kdump.conf"); }

Policy Chosen(std::vector<PolicyDestination> destinations, bool required) {
  Policy policy;
  policy.destinations = std::move(destinations);
  policy.seal_required = required;
  return policy;
}

// Judged without destinations, or with all of them sealed, before anything is looked at.
const std::vector<std::function<void(Facts&)>> kWhatever{[](Facts&) {}, Conf("core_collector cp"),
                                                         Conf("core_collector my-collector"),
                                                         NoConfig, LockedConfig};

TEST(ChecksUploads, WithoutDestinationsNothingLeaves) {
  for (const auto& change : kWhatever) {
    ExpectRows({{"nowhere", change, kCheck, Status::kNotApplicable, "no_destinations"}},
               Chosen({}, true));
  }
}

TEST(ChecksUploads, WhatIsEncryptedMayHoldAnything) {
  for (const bool required : {false, true}) {
    for (const auto& change : kWhatever) {
      ExpectRows({{"sealed", change, kCheck, Status::kPass, "encrypted"}},
                 Chosen({{"a", true}, {"b", true}}, required));
    }
  }
}

TEST(ChecksUploads, RequiredMeansRequired) {
  for (const auto& change : kWhatever) {
    ExpectRows({{"one is not sealed", change, kCheck, Status::kFail, "clear_forbidden"}},
               Chosen({{"a", true}, {"b", false}}, true));
  }
}

TEST(ChecksUploads, UserPagesInTheClear) {
  const auto kept = [](std::string_view line) {
    return CheckRow{line, Conf(line), kCheck, Status::kWarn, "user_pages_in_clear"};
  };
  const auto left_out = [](std::string_view line) {
    return CheckRow{line, Conf(line), kCheck, Status::kPass, "user_pages_left_out"};
  };
  const auto unknown = [](std::string_view line) {
    return CheckRow{line, Conf(line), kCheck, Status::kUnknown, "collector_unknown"};
  };
  ExpectRows(
      {
          left_out(""),  // the default is 31
          left_out("core_collector makedumpfile -l -d 31"),
          left_out("core_collector makedumpfile -l -d 8"),
          left_out("core_collector /usr/sbin/makedumpfile -l -d 31"),
          left_out("core_collector makedumpfile -l -d 24,31"),
          kept("core_collector makedumpfile -l -d 23"),
          kept("core_collector makedumpfile -l -d 7"),
          kept("core_collector makedumpfile -l -d 16,31"),
          kept("core_collector makedumpfile -l -d 31,17"),
          kept("core_collector makedumpfile -l -d 0"),
          kept("core_collector makedumpfile -l"),
          kept("core_collector /sbin/makedumpfile -c"),
          kept("core_collector cp"),
          kept("core_collector /bin/scp"),
          kept("core_collector dd"),
          unknown("core_collector my-makedumpfile -d 31"),
          unknown("core_collector makedumpfile -d 32"),
          {"SUSE's raw",
           Conf("KDUMP_DUMPLEVEL=31\nKDUMP_DUMPFORMAT=raw", ConfigDialect::kSysconfig), kCheck,
           Status::kWarn, "user_pages_in_clear"},
          {"SUSE's level", Conf("KDUMP_DUMPLEVEL=23", ConfigDialect::kSysconfig), kCheck,
           Status::kWarn, "user_pages_in_clear"},
          {"Debian's own", Conf("USE_KDUMP=1", ConfigDialect::kKdumpTools), kCheck, Status::kPass,
           "user_pages_left_out"},
          {"Debian's level",
           Conf("USE_KDUMP=1\nMAKEDUMP_ARGS=\"-c -d 1\"", ConfigDialect::kKdumpTools), kCheck,
           Status::kWarn, "user_pages_in_clear"},
          {"no configuration", NoConfig, kCheck, Status::kUnknown, "absent"},
          {"an unreadable one", LockedConfig, kCheck, Status::kUnknown, "unreadable"},
      },
      Chosen({{"a", true}, {"b", false}}, false));
}

TEST(ChecksUploads, NamesWhoIsMeantAndTheKeyThatHelps) {
  const Policy required = Chosen({{"a", false}, {"b", true}, {"c", false}}, true);
  const Finding forbidden = FindingOf(Evaluate(ReadyHost(), required), kCheck);
  EXPECT_NE(forbidden.message.find(" a, c:"), std::string::npos) << forbidden.message;
  EXPECT_NE(forbidden.remedy.find("destinations.a.recipients, destinations.c.recipients "),
            std::string::npos)
      << forbidden.remedy;
  EXPECT_EQ(forbidden.remedy.find("destinations.b"), std::string::npos) << forbidden.remedy;

  Facts facts = ReadyHost();
  Conf("core_collector makedumpfile -l -d 1")(facts);
  Policy optional = required;
  optional.seal_required = false;
  const Finding kept = FindingOf(Evaluate(facts, optional), kCheck);
  EXPECT_NE(kept.message.find("to a, c in the clear"), std::string::npos) << kept.message;
  EXPECT_NE(kept.remedy.find("destinations.a.recipients"), std::string::npos) << kept.remedy;
  EXPECT_NE(kept.remedy.find("-d 31"), std::string::npos) << kept.remedy;
}

}  // namespace
}  // namespace kdumpd
