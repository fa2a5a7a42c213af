// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_client.h"

#include <gtest/gtest.h>

#include "tests/ship/s3_faults.h"

namespace kdumpd {
namespace {

TEST(S3Client, RetryAfterIsHonoured) {
  for (const auto& [seconds, puts] : std::vector<std::pair<int, long>>{{1, 2}, {11, 1}}) {
    auto says = MemoryS3::Failure(503, "SlowDown");
    says.headers = {{"Retry-After", std::to_string(seconds)}};
    MemoryS3 server(Once([](const Asked& asked) { return asked.method == "PUT"; }, says));
    MemorySteps steps;
    const auto begun = std::chrono::steady_clock::now();
    const Outcome outcome = Upload(server, 0, steps);
    EXPECT_EQ(server.server().Count("PUT"), puts);
    if (puts == 1) {
      EXPECT_EQ(outcome.sent, "throttled");
      EXPECT_EQ(outcome.retry_after, seconds);
    } else {
      EXPECT_EQ(outcome.sent, "none") << outcome.why;
      EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
    }
  }
}

TEST(S3Client, TriesFourTimes) {
  MemoryS3 server(Always([](const Asked&) { return true; }, {.status = 500}));
  MemorySteps steps;
  EXPECT_EQ(Upload(server, 0, steps).sent, "server");
  EXPECT_EQ(server.server().Count("PUT"), 4);
}

// A key that rotates while it is in use is read again, once.
TEST(S3Client, ReadsCredentialsAgain) {
  const TemporaryTree tree;
  const auto profile = [&](const std::string& id) {
    tree.Write("credentials", Cat("[default]\naws_access_key_id = ", id,
                                  "\naws_secret_access_key = s\naws_session_token = T\n"));
  };
  profile("OLD");
  bool rotate = true;
  MemoryS3 server([&](const Asked& asked, MemoryS3&) -> std::optional<Says> {
    if (asked.headers.at("authorization").contains("Credential=NEW/")) return std::nullopt;
    if (rotate) profile("NEW");
    return MemoryS3::Failure(400, "ExpiredToken");
  });
  SinkInput input = InputFor(server.server().url(), "s3://b");
  input.environment.clear();
  input.target.credentials_file = tree.path() + "/credentials";
  MemorySteps steps;
  const auto sink = SinkOf(input);
  const auto sent = sink->Send("o", *TextSource("x"), steps);
  EXPECT_TRUE(sent) << Why(sent);
  EXPECT_EQ(server.server().Count("PUT"), 2);
  EXPECT_EQ(server.server().asked().back().headers.at("x-amz-security-token"), "T");
  rotate = false;
  profile("OLD");
  EXPECT_EQ(ProblemOf(sink->Send("o", *TextSource("x"), steps)), "credentials");
  EXPECT_EQ(server.server().Count("PUT"), 3);
}

}  // namespace
}  // namespace kdumpd
