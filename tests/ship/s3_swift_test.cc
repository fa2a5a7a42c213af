// SPDX-License-Identifier: Apache-2.0
//
// Against a real S3 server, OpenStack Swift, which checks signatures, hashes of payloads and ETags.
// One server for all of them: it takes seconds to start.
#include <gtest/gtest.h>

#include "daemon/ship/digest.h"
#include "daemon/ship/s3.h"
#include "tests/ship/s3_upload.h"
#include "tests/support/swift.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kPart = 5 << 20;
const std::string kPrefix = "rack 1/node+a=b:ü@,(x)'~";

class S3Swift : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    swift_ = std::make_unique<Swift>();
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    long status = 0;
    do {
      status = swift_->Do("PUT", "dumps").status;
    } while (status == 503 && std::chrono::steady_clock::now() < latest);
    ASSERT_TRUE(status == 201 || status == 202) << status;
  }
  static void TearDownTestSuite() { swift_.reset(); }

  static SinkInput Input() { return InputFor(swift_->endpoint(), Cat("s3://dumps/", kPrefix)); }
  static std::string Path(const std::string& name) { return Cat("dumps/", kPrefix, "/", name); }
  // Multipart uploads that Swift has of a prefix.
  static std::size_t Uploads(const std::string& name) {
    const Answer list = swift_->Do("GET", Cat("dumps+segments"));
    std::size_t count = 0;
    for (const std::string_view line : Lines(list.body)) {
      // "KEY/ID" is the upload, "KEY/ID/1" a part.
      const std::string key = Cat(kPrefix, "/", name, "/");
      count += line.starts_with(key) && !line.substr(key.size()).contains('/') ? 1 : 0;
    }
    return count;
  }
  static std::unique_ptr<Swift> swift_;
};
std::unique_ptr<Swift> S3Swift::swift_;

TEST_F(S3Swift, StoresInOnePiece) {
  const auto sink = SinkOf(Input());
  for (const std::string& text : {std::string("{\"node\": \"ü\"}"), std::string()}) {
    MemorySteps steps;
    const auto source = TextSource(text);
    const auto sent = sink->Send("manifest.json", *source, steps);
    ASSERT_TRUE(sent) << Why(sent);
    EXPECT_EQ(swift_->Held(Path("manifest.json")), text);
    EXPECT_EQ(steps.sent, text.size());
    const auto stored = sink->Verify("manifest.json", *source, steps);
    ASSERT_TRUE(stored) << Why(stored);
    EXPECT_EQ(stored->proof, UploadProof::kEtag);
    EXPECT_EQ(stored->stored_bytes, text.size());
    EXPECT_EQ(stored->plain_bytes, text.size());
    EXPECT_EQ(stored->stored_sha256, Hex(Sha256(text)));
    EXPECT_EQ(stored->etag, Hex(Md5(text)));
    EXPECT_TRUE(sink->Confirm("manifest.json", *stored));
  }
}

TEST_F(S3Swift, StoresInParts) {
  const std::string text = SomeBytes(6 << 20);
  const FileToSend file(text, kPart);
  const auto sink = SinkOf(Input());
  const auto source = file.Open();
  MemorySteps steps;
  steps.journal.plan = file.plan();
  const auto sent = sink->Send("parts", *source, steps);
  ASSERT_TRUE(sent) << Why(sent);
  EXPECT_TRUE(swift_->Held(Path("parts")) == text);
  EXPECT_EQ(steps.sent, text.size());
  EXPECT_EQ(steps.journal.parts.size(), 2);
  EXPECT_EQ(steps.journal.parts[2].sha256, Hex(Sha256(text.substr(kPart))));

  const auto stored = sink->Verify("parts", *source, steps);
  ASSERT_TRUE(stored) << Why(stored);
  EXPECT_EQ(stored->proof, UploadProof::kEtag);
  EXPECT_TRUE(stored->etag.ends_with("-2")) << stored->etag;
  EXPECT_EQ(stored->stored_sha256, Hex(Sha256(text)));
  // Whoever did not send it comes to the same.
  const auto again = SinkOf(Input())->Verify("parts", *file.Open(), steps);
  ASSERT_TRUE(again) << Why(again);
  EXPECT_EQ(again->etag, stored->etag);
  EXPECT_EQ(again->proof, UploadProof::kEtag);
  EXPECT_TRUE(sink->Confirm("parts", *stored));
}

TEST_F(S3Swift, GoesOnAfterThePartsItHas) {
  const std::string text = SomeBytes(6 << 20, 2);
  const FileToSend file(text, kPart);
  for (const bool journal_lost_the_part : {false, true}) {
    MemorySteps steps;
    steps.journal.plan = file.plan();
    steps.fail_after_part = 1;
    EXPECT_EQ(ProblemOf(SinkOf(Input())->Send("resumed", *file.Open(), steps)), "state");
    EXPECT_EQ(swift_->Held(Path("resumed")), "(nothing)") << "half of it is visible";
    steps.fail_after_part = 0;
    if (journal_lost_the_part) steps.journal.parts.clear();

    std::uint64_t sent_bytes = 0;
    Pace pace(Pace::Limits{}, [&](std::uint64_t bytes) { sent_bytes += bytes; });
    SinkInput input = Input();
    input.pace = &pace;
    const auto sink = SinkOf(input);
    const auto source = file.Open();
    const auto sent = sink->Send("resumed", *source, steps);
    ASSERT_TRUE(sent) << Why(sent);
    EXPECT_EQ(sent_bytes, text.size() - kPart);
    EXPECT_EQ(steps.journal.parts.size(), 2);
    EXPECT_TRUE(swift_->Held(Path("resumed")) == text);
    EXPECT_TRUE(sink->Verify("resumed", *source, steps));

    // The completion was done and its answer lost: the journal still has the upload.
    sent_bytes = 0;
    const auto lost = SinkOf(input)->Send("resumed", *file.Open(), steps);
    ASSERT_TRUE(lost) << Why(lost);
    EXPECT_EQ(sent_bytes, 0);
    EXPECT_EQ(steps.sent, text.size());
    // But not where something else has that name by now: all of it goes again.
    swift_->Do("PUT", Path("resumed"), "other");
    const auto anew = SinkOf(input)->Send("resumed", *file.Open(), steps);
    ASSERT_TRUE(anew) << Why(anew);
    EXPECT_EQ(sent_bytes, text.size());
    EXPECT_TRUE(swift_->Held(Path("resumed")) == text);
    swift_->Do("DELETE", Path("resumed"));
  }
}

TEST_F(S3Swift, SendsAPartAgainThatWasAnother) {
  const FileToSend old(SomeBytes(6 << 20, 3), kPart);
  MemorySteps steps;
  steps.journal.plan = old.plan();
  steps.fail_after_part = 1;
  EXPECT_FALSE(SinkOf(Input())->Send("other", *old.Open(), steps));
  const std::string text = SomeBytes(6 << 20, 4);
  const FileToSend file(text, kPart);
  steps.journal.plan = file.plan();
  steps.fail_after_part = 0;
  const auto sent = SinkOf(Input())->Send("other", *file.Open(), steps);
  ASSERT_TRUE(sent) << Why(sent);
  EXPECT_TRUE(swift_->Held(Path("other")) == text);
  EXPECT_EQ(steps.journal.parts[1].sha256, Hex(Sha256(text.substr(0, kPart))));
}

TEST_F(S3Swift, ReadsBackWhereItIsToldTo) {
  const std::string text = SomeBytes(6 << 20, 5);
  const FileToSend file(text, kPart);
  SinkInput input = Input();
  input.target.read_back = true;
  const auto sink = SinkOf(input);
  const auto source = file.Open();
  MemorySteps steps;
  steps.journal.plan = file.plan();
  ASSERT_TRUE(sink->Send("read", *source, steps));
  const auto stored = sink->Verify("read", *source, steps);
  ASSERT_TRUE(stored) << Why(stored);
  EXPECT_EQ(stored->proof, UploadProof::kReadBack);
  EXPECT_TRUE(sink->Confirm("read", *stored));
  std::string other = text;
  other.back() ^= 1;
  swift_->Do("PUT", Path("read"), other);
  EXPECT_EQ(ProblemOf(sink->Confirm("read", *stored)), "mismatch");
}

TEST_F(S3Swift, FindsWhatWasReplaced) {
  const std::string text = "the dump that was stored";
  struct Row {
    std::string_view what, problem;
    std::string method, text;
  };
  const std::vector<Row> rows{
      {"other bytes", "mismatch", "PUT", "the dump that was forged"},
      {"fewer bytes", "mismatch", "PUT", "the dump that was"},
      {"nothing", "mismatch", "DELETE", ""},
      {"the same bytes", "none", "PUT", text},
  };
  const auto sink = SinkOf(Input());
  for (const Row& row : rows) {
    MemorySteps steps;
    const auto source = TextSource(text);
    ASSERT_TRUE(sink->Send("replaced", *source, steps));
    const auto stored = sink->Verify("replaced", *source, steps);
    ASSERT_TRUE(stored) << Why(stored);
    swift_->Do(row.method, Path("replaced"), row.text);
    EXPECT_EQ(ProblemOf(sink->Verify("replaced", *source, steps)), row.problem) << row.what;
    EXPECT_EQ(ProblemOf(sink->Confirm("replaced", *stored)), row.problem) << row.what;
  }
}

TEST_F(S3Swift, SaysWhyItIsRefused) {
  struct Row {
    std::string_view what, problem;
    std::function<void(SinkInput&)> change;
  };
  const std::vector<Row> rows{
      {"nothing", "none", [](SinkInput&) {}},
      {"wrong secret", "credentials",
       [](SinkInput& i) { i.environment["AWS_SECRET_ACCESS_KEY"] = "hidden-word"; }},
      {"unknown key", "credentials",
       [](SinkInput& i) { i.environment["AWS_ACCESS_KEY_ID"] = "test:nobody"; }},
      {"no key", "credentials", [](SinkInput& i) { i.environment.clear(); }},
      {"no bucket", "refused", [](SinkInput& i) { i.target.url = "s3://missing/x"; }},
      {"other region", "config", [](SinkInput& i) { i.target.region = "eu-west-9"; }},
      {"a clock an hour before the server's", "none",
       [](SinkInput& i) { i.now = [] { return std::time(nullptr) + 3600; }; }},
      {"a session token, which Swift does not look at", "none",
       [](SinkInput& i) { i.environment["AWS_SESSION_TOKEN"] = "hidden-word"; }},
  };
  for (const Row& row : rows) {
    SinkInput input = Input();
    row.change(input);
    const auto sink = SinkOf(input);
    MemorySteps steps;
    const auto sent = sink->Send("small", *TextSource("text"), steps);
    EXPECT_EQ(ProblemOf(sent), row.problem) << row.what << ": " << Why(sent);
    EXPECT_FALSE(Why(sent).contains("hidden-word")) << Why(sent);
    const FileToSend file(SomeBytes(6 << 20), kPart);
    steps.journal.plan = file.plan();
    EXPECT_EQ(ProblemOf(sink->Send("large", *file.Open(), steps)), row.problem) << row.what;
  }
}

TEST_F(S3Swift, TrustsTheCertificateThatItIsTold) {
  const std::string text = SomeBytes(6 << 20, 9);
  const FileToSend file(text, kPart);
  for (const bool sign_payload : {false, true}) {
    SinkInput input = InputFor(swift_->tls_endpoint(), Cat("s3://dumps/", kPrefix));
    input.target.sign_payload = sign_payload;
    MemorySteps steps;
    EXPECT_EQ(ProblemOf(SinkOf(input)->Send("tls", *TextSource("x"), steps)), "trust");
    input.target.ca_file = swift_->certificate();
    steps.journal.plan = file.plan();
    const auto sink = SinkOf(input);
    const auto source = file.Open();
    const auto sent = sink->Send("tls", *source, steps);
    ASSERT_TRUE(sent) << Why(sent);
    EXPECT_TRUE(sink->Verify("tls", *source, steps));
    EXPECT_TRUE(swift_->Held(Path("tls")) == text);
    swift_->Do("DELETE", Path("tls"));
  }
}

TEST_F(S3Swift, LeavesNoUploadsBehind) {
  const FileToSend file(SomeBytes(6 << 20, 6), kPart);
  const auto sink = SinkOf(Input());
  // One that is stale, one that no journal knows, one of a longer name that is none of ours.
  MemorySteps steps, unknown, neighbour, wanted;
  for (auto* each : {&steps, &unknown, &neighbour, &wanted}) {
    each->journal.plan = file.plan();
    each->fail_after_part = 1;
    EXPECT_FALSE(sink->Send(each == &neighbour ? "clean.age" : "clean", *file.Open(), *each));
  }
  EXPECT_EQ(Uploads("clean"), 3);
  steps.journal.stale_uploads = {steps.journal.upload_id, "bm9uZQ"};
  steps.journal.upload_id = wanted.journal.upload_id;
  sink->CleanUp("clean", steps);
  EXPECT_EQ(steps.journal.stale_uploads, std::vector<std::string>{});
  EXPECT_EQ(Uploads("clean"), 1);
  EXPECT_EQ(Uploads("clean.age"), 1);
  steps.journal.upload_id.clear();
  sink->CleanUp("clean", steps);
  EXPECT_EQ(Uploads("clean"), 0);
}

TEST_F(S3Swift, ForgetsAnUploadThatNoJournalTook) {
  const FileToSend file(SomeBytes(6 << 20, 7), kPart);
  MemorySteps steps;
  steps.journal.plan = file.plan();
  steps.fail_at_begin = true;
  EXPECT_EQ(ProblemOf(SinkOf(Input())->Send("begun", *file.Open(), steps)), "state");
  EXPECT_EQ(Uploads("begun"), 0);
}

TEST_F(S3Swift, StopsWhenTheFileChanges) {
  const FileToSend file(SomeBytes(6 << 20, 8), kPart);
  MemorySteps steps;
  steps.journal.plan = file.plan();
  const auto source = file.Open();
  std::ofstream(file.path(), std::ios::app) << "more";
  EXPECT_EQ(ProblemOf(SinkOf(Input())->Send("changed", *source, steps)), "changed");
  EXPECT_EQ(steps.journal.parts.size(), 0);
  EXPECT_EQ(swift_->Held(Path("changed")), "(nothing)");
}

}  // namespace
}  // namespace kdumpd
