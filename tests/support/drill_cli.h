// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "daemon/core/text.h"
#include "tests/support/daemon.h"

namespace kdumpd {

inline const std::string kAllForced = "start --confirm node-1 --force";

// `kdumpd drill` on a node that is a temporary tree: the letter that crashes goes into a file in
// it. Never without --path.rootfs.
class DrillCli : public testing::Test {
 protected:
  DrillCli() {
    WriteReadyNode(at_);
    at_.Write("root/proc/sysrq-trigger", "");
    at_.Write("c.yaml", "drill: {enabled: true}\n");
  }

  [[nodiscard]] std::vector<std::string> Command(const std::string& arguments) const {
    const std::string at = at_.path();
    std::vector<std::string> words{KDUMPD_BINARY, "drill"};
    for (const std::string_view word : Words(arguments)) words.emplace_back(word);
    for (const char* more : {"--path.rootfs=", "--path.state=", "--config.file="}) {
      words.emplace_back(Cat(more, at));
    }
    words[words.size() - 3] += "/root";
    words[words.size() - 2] += "/state";
    words.back() += "/c.yaml";
    words.emplace_back("--node.name=node-1");
    return words;
  }
  struct Said {
    int status;
    std::string text;  // standard output, then standard error
  };
  [[nodiscard]] Said Drill(const std::string& arguments) const {
    Process process(Command(arguments), at_.path() / "out");
    const auto status = process.Wait(std::chrono::seconds(60));
    return {status.value_or(-1), process.Output()};
  }
  [[nodiscard]] nlohmann::json AsJson(const std::string& arguments) const {
    const std::string text = Drill(arguments + " --output json").text;
    const auto begin = text.find('{');
    return nlohmann::json::parse(text.substr(begin, text.find('\n', begin) - begin), nullptr,
                                 false);
  }
  [[nodiscard]] std::filesystem::path State(const std::string& name) const {
    return at_.path() / "state" / name;
  }
  [[nodiscard]] std::string Trigger() const {
    return FileText(at_.path() / "root/proc/sysrq-trigger");
  }
  [[nodiscard]] nlohmann::json Pending() const {
    return nlohmann::json::parse(FileText(State("drill.pending")), nullptr, false);
  }

  // Nothing crashes, nothing is written, and the reason is said.
  void ExpectRefused(const std::string& arguments, const std::string& reason) const {
    const Said said = Drill(arguments);
    EXPECT_EQ(said.status, 1) << reason;
    EXPECT_NE(said.text.find("\n  " + reason + ": "), std::string::npos) << reason << said.text;
    EXPECT_NE(said.text.find("    -> "), std::string::npos) << said.text;
    EXPECT_EQ(Trigger(), "") << reason;
    EXPECT_FALSE(std::filesystem::exists(at_.path() / "state")) << reason;
  }

  ScratchDirectory at_;
};

}  // namespace kdumpd
