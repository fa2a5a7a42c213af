// SPDX-License-Identifier: Apache-2.0
//
// What servers do that no real one can be made to do.
#include <gtest/gtest.h>

#include <tuple>

#include "daemon/ship/digest.h"
#include "daemon/ship/s3.h"
#include "tests/ship/memory_s3.h"
#include "tests/ship/s3_upload.h"

namespace kdumpd {
namespace {

using Asked = MemoryS3::Asked;
using Says = MemoryS3::Says;

const std::string kText = "twenty-three bytes here";  // three parts of 10
constexpr std::uint64_t kPart = 10;

// All of one upload against a server with a fault.
struct Outcome {
  std::string sent, verified{};  // problems
  std::string why{};
  UploadProof proof = UploadProof::kNone;
  std::int64_t retry_after = 0;
};
Outcome Upload(MemoryS3& server, std::uint64_t part_bytes, MemorySteps& steps) {
  const FileToSend file(kText, part_bytes);
  steps.journal.plan = file.plan();
  const auto sink = SinkOf(InputFor(server.server().url(), "s3://b/p"));
  const auto source = file.Open();
  const auto sent = sink->Send("o", *source, steps);
  Outcome outcome{.sent = ProblemOf(sent), .why = Why(sent)};
  if (!sent) {
    outcome.retry_after = sent.error().retry_after_seconds;
    return outcome;
  }
  const auto stored = sink->Verify("o", *source, steps);
  outcome.verified = ProblemOf(stored);
  outcome.why = Why(stored);
  if (stored) outcome.proof = stored->proof;
  return outcome;
}

bool IsPart(const Asked& asked) { return asked.query.contains("partNumber"); }
bool IsComplete(const Asked& asked) {
  return asked.method == "POST" && asked.query.contains("uploadId");
}

struct Row {
  std::string_view what;
  MemoryS3::Fault fault;
  std::string_view sent, verified;
  UploadProof proof = UploadProof::kNone;
};

// Each of them happens once, and then no more: `done` counts.
MemoryS3::Fault Once(std::function<bool(const Asked&)> when, Says says) {
  return [when, says, done = false](const Asked& asked, MemoryS3&) mutable -> std::optional<Says> {
    if (done || !when(asked)) return std::nullopt;
    done = true;
    return says;
  };
}
MemoryS3::Fault Always(std::function<bool(const Asked&)> when, Says says) {
  return [when, says](const Asked& asked, MemoryS3&) -> std::optional<Says> {
    if (!when(asked)) return std::nullopt;
    return says;
  };
}
// It does what is asked, and says something else.
MemoryS3::Fault DoesAndSays(std::function<bool(const Asked&)> when, Says says) {
  return [when, says](const Asked& asked, MemoryS3& server) -> std::optional<Says> {
    if (!when(asked)) return std::nullopt;
    (void)server.Good(asked);
    return says;
  };
}

TEST(S3Faults, OfMultipartUploads) {
  const auto slow = MemoryS3::Failure(503, "SlowDown");
  const auto internal = MemoryS3::Failure(200, "InternalError");
  const std::string wrong(32, 'a');
  const std::vector<Row> rows{
      {"none", {}, "none", "none", UploadProof::kEtag},
      {"a part is throttled once", Once(IsPart, slow), "none", "none", UploadProof::kEtag},
      {"the connection breaks once", Once(IsPart, {.hang_up = true}), "none", "none",
       UploadProof::kEtag},
      {"RequestTimeout once", Once(IsPart, MemoryS3::Failure(400, "RequestTimeout")), "none",
       "none", UploadProof::kEtag},
      {"parts are always throttled", Always(IsPart, slow), "throttled", ""},
      {"a part has another MD5 once", Once(IsPart, {.headers = {{"ETag", wrong}}}), "none", "none",
       UploadProof::kEtag},
      {"parts always have another MD5", Always(IsPart, {.headers = {{"ETag", wrong}}}), "mismatch",
       ""},
      {"parts have no ETag", Always(IsPart, {}), "server", ""},
      {"a part's payload is refused",
       Always(IsPart, MemoryS3::Failure(400, "XAmzContentSHA256Mismatch")), "mismatch", ""},
      {"ETags of a key service are no MD5",
       DoesAndSays(IsPart,
                   {.headers = {{"ETag", wrong}, {"x-amz-server-side-encryption", "aws:kms"}}}),
       "none", "none", UploadProof::kEtag},
      {"no space", Always(IsPart, MemoryS3::Failure(403, "QuotaExceeded")), "refused", ""},
      {"completion fails with 200 once", Once(IsComplete, internal), "none", "none",
       UploadProof::kEtag},
      {"completion always fails with 200", Always(IsComplete, internal), "server", ""},
      {"completion fails with 200 for good",
       Always(IsComplete, MemoryS3::Failure(200, "AccessDenied")), "refused", ""},
      {"completion says nothing, and did nothing", Always(IsComplete, {}), "server", ""},
      {"completion says nothing, and did it", DoesAndSays(IsComplete, {}), "none", "none",
       UploadProof::kEtag},
      {"completion's answer is lost", DoesAndSays(IsComplete, {.hang_up = true}), "none", "none",
       UploadProof::kEtag},
      {"completion says yes, and did nothing",
       Always(IsComplete, {.body = "<CompleteMultipartUploadResult/>"}), "none", "mismatch"},
      {"a begun upload without a name",
       Always([](const Asked& a) { return a.query == "uploads="; },
              {.body = "<InitiateMultipartUploadResult/>"}),
       "server", ""},
      {"elsewhere",
       Always([](const Asked&) { return true; }, MemoryS3::Failure(301, "PermanentRedirect")),
       "config", ""},
  };
  for (const Row& row : rows) {
    MemoryS3 server(row.fault);
    MemorySteps steps;
    const Outcome outcome = Upload(server, kPart, steps);
    EXPECT_EQ(outcome.sent, row.sent) << row.what << ": " << outcome.why;
    EXPECT_EQ(outcome.verified, row.verified) << row.what << ": " << outcome.why;
    EXPECT_EQ(Name(outcome.proof), Name(row.proof)) << row.what;
  }
}

TEST(S3Faults, OfOnePiece) {
  const auto put = [](const Asked& asked) { return asked.method == "PUT"; };
  const auto head = [](const Asked& asked) { return asked.method == "HEAD"; };
  const auto get = [](const Asked& asked) { return asked.method == "GET"; };
  const std::string checksum = Base64(Sha256(kText));
  const auto both = [](MemoryS3::Fault first, MemoryS3::Fault second) {
    return [first, second](const Asked& asked, MemoryS3& server) mutable {
      auto says = first(asked, server);
      return says ? says : second(asked, server);
    };
  };
  const auto no_md5 = Always(head, {.headers = {{"ETag", "\"opaque\""}}, .length = kText.size()});
  const std::vector<Row> rows{
      {"none", {}, "none", "none", UploadProof::kEtag},
      {"200 that stored nothing", Always(put, {}), "none", "mismatch"},
      {"another size", Always(head, {.length = 5}), "none", "mismatch"},
      {"no MD5, but a checksum",
       Always(head, {.headers = {{"x-amz-checksum-sha256", checksum}}, .length = kText.size()}),
       "none", "none", UploadProof::kChecksum},
      {"another checksum: what is there counts",
       Always(head, {.headers = {{"x-amz-checksum-sha256", "AAAA"}}, .length = kText.size()}),
       "none", "none", UploadProof::kReadBack},
      {"no MD5", no_md5, "none", "none", UploadProof::kReadBack},
      {"no MD5, other bytes",
       both(no_md5, Always(get, {.status = 206, .body = "other bytes, same size."})), "none",
       "mismatch"},
      {"no MD5, it breaks in between",
       both(no_md5, Once(get, {.status = 206, .body = kText, .cut_after = 7})), "none", "none",
       UploadProof::kReadBack},
      {"no MD5, it breaks each time", both(no_md5, Always(get, {.hang_up = true})), "none",
       "unreachable"},
      {"no MD5, no bytes", both(no_md5, Always(get, {.status = 206})), "none", "server"},
      {"no MD5, more bytes than were asked for",
       both(no_md5, Always(get, {.status = 206, .body = kText + "!"})), "none", "server"},
      {"no MD5, ranges are ignored", both(no_md5, Always(get, {.body = kText})), "none", "none",
       UploadProof::kReadBack},
      {"no MD5, gone", both(no_md5, Always(get, MemoryS3::Failure(404, "NoSuchKey"))), "none",
       "mismatch"},
  };
  for (const Row& row : rows) {
    MemoryS3 server(row.fault);
    MemorySteps steps;
    const Outcome outcome = Upload(server, 0, steps);
    EXPECT_EQ(outcome.sent, row.sent) << row.what << ": " << outcome.why;
    EXPECT_EQ(outcome.verified, row.verified) << row.what << ": " << outcome.why;
    EXPECT_EQ(Name(outcome.proof), Name(row.proof)) << row.what;
  }
}

TEST(S3Faults, RetryAfterIsHonoured) {
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

TEST(S3Faults, TriesFourTimes) {
  MemoryS3 server(Always([](const Asked&) { return true; }, {.status = 500}));
  MemorySteps steps;
  EXPECT_EQ(Upload(server, 0, steps).sent, "server");
  EXPECT_EQ(server.server().Count("PUT"), 4);
}

TEST(S3Faults, ListsPartsPageByPage) {
  const std::string text = SomeBytes(2'500);
  const FileToSend file(text, 1);
  MemoryS3 server;
  server.begun = true;
  for (unsigned i = 1; i <= 2'499; ++i) server.parts[i] = text.substr(i - 1, 1);
  MemorySteps steps;
  steps.journal.plan = file.plan();
  steps.journal.upload_id = "up/1";
  const auto sink = SinkOf(InputFor(server.server().url(), "s3://b"));
  const auto sent = sink->Send("o", *file.Open(), steps);
  ASSERT_TRUE(sent) << Why(sent);
  EXPECT_EQ(server.server().Count("GET", "uploadId=up%2F1"), 3);
  EXPECT_EQ(server.server().Count("PUT"), 1);
  EXPECT_TRUE(server.objects["/b/o"].first == text);
  EXPECT_EQ(steps.journal.parts.size(), 2'500);
}

TEST(S3Faults, PartsThatCannotBeListedAreSentAgain) {
  for (const auto& [status, code, problem] :
       std::vector<std::tuple<int, std::string, std::string>>{{403, "AccessDenied", "none"},
                                                              {501, "NotImplemented", "none"},
                                                              {500, "InternalError", "server"},
                                                              {404, "NoSuchBucket", "refused"}}) {
    MemoryS3 server(Always([](const Asked& asked) { return asked.method == "GET"; },
                           MemoryS3::Failure(status, code)));
    server.begun = true;
    server.parts[1] = kText.substr(0, kPart);
    MemorySteps steps;
    steps.journal.upload_id = "up/1";
    EXPECT_EQ(Upload(server, kPart, steps).sent, problem) << code;
    EXPECT_EQ(server.server().Count("PUT"), problem == "none" ? 3 : 0) << code;
  }
}

// A key that rotates while it is in use is read again, once.
TEST(S3Faults, ReadsCredentialsAgain) {
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
