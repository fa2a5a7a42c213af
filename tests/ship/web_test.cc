// SPDX-License-Identifier: Apache-2.0
// Against nginx; against a double for what nginx does not do.
#include <gtest/gtest.h>

#include "tests/support/odd_server.h"
#include "tests/support/store_checks.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

Uploaded<void> Send(const SinkInput& input, const std::string& text = "secret") {
  auto sink = OpenWeb(input);
  if (!sink) return std::unexpected(sink.error());
  SeenSteps steps;
  auto source = TextSource(text);
  return (*sink)->Send("d/vmcore", *source, steps);
}

class Web : public testing::Test {
 protected:
  [[nodiscard]] Store At(const std::string& path) const {
    return {[this, path] { return OpenWeb(InputFor(server_.Url(path))); }, server_.store() + path};
  }
  [[nodiscard]] int Count(std::string_view begin) const {
    const auto log = server_.Log();
    return static_cast<int>(
        std::ranges::count_if(log, [&](auto& line) { return line.starts_with(begin); }));
  }
  Nginx server_;
};

TEST_F(Web, RoundTripsByWebDav) {
  ExpectRoundTrips(At("/dav"));
  EXPECT_EQ(Count("PUT /dav/top.part 201"), 1);
  EXPECT_EQ(Count("PUT /dav/top "), 0);
  EXPECT_EQ(Count("MOVE /dav/top.part 204"), 1);
}
TEST_F(Web, RoundTripsByPutAlone) {
  ExpectRoundTrips(At("/plain"));
  EXPECT_EQ(Count("PUT /plain/top 201"), 1);
  EXPECT_EQ(Count("PUT /plain/top.part"), 0);
  EXPECT_EQ(Count("MOVE"), 1) << "a server is asked once whether it moves";
}
TEST_F(Web, TamperingIsSeen) { ExpectTamperingSeen(At("/dav")); }
TEST_F(Web, Careful) { ExpectCarefulSending(At("/dav")); }

TEST_F(Web, AnInterruptedOneBeginsAnew) {
  const Store store = At("/dav");
  WatchedSource source(Noise(3'000'000));
  source.breaks_at = 2'000'000;
  SeenSteps steps;
  ExpectProblem(Opened(store)->Send("d/vmcore", source, steps), UploadProblem::kSource);
  source.breaks_at.reset();
  source.reads = 0;
  ASSERT_TRUE(Opened(store)->Send("d/vmcore", source, steps));
  EXPECT_EQ(source.reads, source.bytes());
  EXPECT_TRUE(FileText(store.directory / "d/vmcore") == source.text());
  EXPECT_EQ(steps.sent.back(), source.bytes());
}

TEST_F(Web, TrustAndCredentials) {
  Overwrite(server_.Path("right"), "our word\n");
  Overwrite(server_.Path("wrong"), "another word\n");
  Overwrite(server_.Path("empty"), "\n");
  Overwrite(server_.Path("two"), "a\nb");
  struct Row {
    std::string_view what, path;
    std::string ca, user, password;
    UploadProblem problem;
  };
  for (const Row& row : std::vector<Row>{
           {"its authority", "/dav", "server.pem", "", "", UploadProblem::kNone},
           {"another authority", "/dav", "other.pem", "", "", UploadProblem::kTrust},
           {"the system's", "/dav", "", "", "", UploadProblem::kTrust},
           {"no file", "/dav", "missing.pem", "", "", UploadProblem::kTrust},
           {"password", "/secret", "server.pem", "me", "right", UploadProblem::kNone},
           {"no password", "/secret", "server.pem", "", "", UploadProblem::kCredentials},
           {"wrong", "/secret", "server.pem", "me", "wrong", UploadProblem::kCredentials},
           {"other user", "/secret", "server.pem", "you", "right", UploadProblem::kCredentials},
           {"no file", "/secret", "server.pem", "me", "missing", UploadProblem::kCredentials},
           {"empty", "/secret", "server.pem", "me", "empty", UploadProblem::kCredentials},
           {"two lines", "/secret", "server.pem", "me", "two", UploadProblem::kCredentials},
           {"user alone", "/secret", "server.pem", "me", "", UploadProblem::kConfig},
           {"password alone", "/secret", "server.pem", "", "right", UploadProblem::kConfig},
       }) {
    SinkInput input = InputFor(server_.TlsUrl(row.path));
    if (!row.ca.empty()) input.target.ca_file = server_.Path(row.ca);
    input.target.user = row.user;
    if (!row.password.empty()) input.target.password_file = server_.Path(row.password);
    const auto sent = Send(input);
    if (row.problem == UploadProblem::kNone) {
      EXPECT_TRUE(sent) << row.what << ": " << sent.error().message;
      continue;
    }
    ExpectProblem(sent, row.problem, row.what);
    EXPECT_FALSE(sent.error().message.contains("r word")) << sent.error().message;
  }
}

TEST_F(Web, APasswordThatIsReplacedIsUsed) {
  Overwrite(server_.Path("password"), "old");
  SinkInput input = InputFor(server_.Url("/secret"));
  input.target.user = "me";
  input.target.password_file = server_.Path("password");
  const auto sink = Opened({[&] { return OpenWeb(input); }, {}});
  ExpectProblem(Verified(*sink, "x", "x"), UploadProblem::kCredentials);
  Overwrite(server_.Path("password"), "our word");
  ExpectProblem(Verified(*sink, "x", "x"), UploadProblem::kMismatch);
}

TEST_F(Web, ARedirectIsNotFollowed) {
  ExpectProblem(Verified(*Opened(At("/moved")), "x", "x"), UploadProblem::kRefused);
}

TEST_F(Web, CleanUpTakesThePart) {
  Overwrite(server_.store() + "/dav/d/vmcore.part", "x");
  SeenSteps steps;
  Opened(At("/dav"))->CleanUp("d/vmcore", steps);
  EXPECT_FALSE(fs::exists(server_.store() + "/dav/d/vmcore.part"));
}

TEST(WebConfig, UnfitUrls) {
  struct Row {
    std::string url, user, password, token;
    bool fits;
  };
  for (const Row& row : std::vector<Row>{
           {"http://h/a", "", "", "", true},
           {"http://h", "", "", "", true},
           {"https://me@h/a", "", "p", "", true},
           {"https://h/a", "", "", "t", true},
           {"http://127.0.0.1:1/a", "me", "p", "", true},
           {"http://localhost/a", "", "", "t", true},
           {"http://[::1]:80/a", "", "", "t", true},
           {"http://h/a", "me", "p", "", false},
           {"http://h/a", "", "", "t", false},
           {"http://me@h/a", "", "p", "", false},
           {"http://127.evil.example/a", "", "", "t", false},
           {"http://localhost.evil.example/a", "", "", "t", false},
           {"http://127.0.0.1@h/a", "", "p", "", false},
           {"https://me:word@h/a", "", "", "", false},
           {"https://h/a", "me", "p", "t", false},
           {"https://h/a?b", "", "", "", false},
           {"https://h/a#b", "", "", "", false},
           {"https://h/../a", "", "", "", false},
           {"ftp://h/a", "", "", "", false},
       }) {
    SinkInput input = InputFor(row.url);
    input.target.user = row.user;
    input.target.password_file = row.password;
    input.target.token_file = row.token;
    const auto sink = OpenWeb(input);
    EXPECT_EQ(sink.has_value(), row.fits) << row.url;
    if (!sink) ExpectProblem(sink, UploadProblem::kConfig, row.url);
  }
}

// A server that keeps what it gets, in memory, and answers a few things in its own way.
struct Memory {
  std::map<std::string, std::string> objects;
  std::string Serve(const HttpAsked& asked, const std::string& headers = "") {
    if (asked.method == "PUT") {
      objects[asked.path] = asked.body;
      return HttpText(201);
    }
    if (asked.method != "GET" && asked.method != "HEAD") return HttpText(405);
    if (!objects.contains(asked.path)) return HttpText(404);
    std::string text = HttpText(200, headers, objects[asked.path]);
    if (asked.method == "HEAD") text.resize(text.find("\r\n\r\n") + 4);
    return text;
  }
};

TEST(WebDigest, TheServersWordIsEnoughOnlyWhenItIsRight) {
  const std::string text = Noise(1000);
  const std::string right = Base64(Sha256(text));
  const std::string wrong = Base64(Sha256("x"));
  struct Row {
    std::string header;
    UploadProof proof;
    bool read_back = false;
  };
  for (const Row& row : std::vector<Row>{
           {Cat("Repr-Digest: sha-256=:", right, ":"), UploadProof::kChecksum},
           {Cat("Repr-Digest: md5=:x:, sha-256=:", right, ":"), UploadProof::kChecksum},
           {Cat("Digest: SHA-256=", right), UploadProof::kChecksum},
           {Cat("Digest: md5=x,sha-256=", right), UploadProof::kChecksum},
           {Cat("Repr-Digest: sha-256=:", right, ":"), UploadProof::kReadBack, true},
           {Cat("Repr-Digest: sha-256=:", wrong, ":"), UploadProof::kReadBack},
           {Cat("Repr-Digest: sha-512=:", right, ":"), UploadProof::kReadBack},
           {Cat("Repr-Digest: xsha-256=:", right, ":"), UploadProof::kReadBack},
           {Cat("Repr-Digest: sha-256=:", right), UploadProof::kReadBack},
           {Cat("Content-Digest: sha-256=:", right, ":"), UploadProof::kReadBack},
           {Cat("ETag: \"", right, "\""), UploadProof::kReadBack},
       }) {
    Memory memory;
    OddServer server([&](const HttpAsked& asked) {
      const bool wants = asked.headers.contains("want-repr-digest");
      return memory.Serve(asked, wants ? row.header + "\r\n" : "");
    });
    SinkInput input = InputFor(server.Url("/base"));
    input.target.read_back = row.read_back;
    const auto sink = Opened({[&] { return OpenWeb(input); }, {}});
    Put(*sink, "vmcore", text);
    SeenSteps steps;
    auto source = TextSource(text);
    const auto stored = sink->Verify("vmcore", *source, steps);
    ASSERT_TRUE(stored) << row.header << stored.error().message;
    EXPECT_EQ(Name(stored->proof), Name(row.proof)) << row.header;
    EXPECT_TRUE(sink->Confirm("vmcore", *stored));
    const bool gets = server.asked().back().method == "GET";
    EXPECT_EQ(gets, row.proof == UploadProof::kReadBack) << row.header;
  }
}

TEST(WebLies, AGoodStatusProvesNothing) {
  OddServer server([](const HttpAsked&) { return HttpText(200); });
  const auto sink = Opened({[&] { return OpenWeb(InputFor(server.Url())); }, {}});
  SeenSteps steps;
  auto source = TextSource("text");
  EXPECT_TRUE(sink->Send("vmcore", *source, steps));
  ExpectProblem(sink->Verify("vmcore", *source, steps), UploadProblem::kMismatch);
}

TEST(WebLies, WhatIsCutOffWhenItIsReadIsSentAnew) {
  Memory memory;
  memory.objects["/base/d/vmcore"] = "secres";
  OddServer server([&](const HttpAsked& asked) {
    std::string text = memory.Serve(asked);
    if (asked.method == "GET") text.resize(text.size() - 5);
    return text;
  });
  const auto sent = Send(InputFor(server.Url("/base")));
  EXPECT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(memory.objects["/base/d/vmcore"], "secret");
}

TEST(WebLies, AnEndlessAnswerIsNotReadToItsEnd) {
  const std::string text = "text";
  OddServer server([&](const HttpAsked& asked) {
    return asked.method == "HEAD" ? "HTTP/1.1 200 x\r\nConnection: close\r\n\r\n"
                                  : HttpText(200, "", std::string(4 << 20, 'x'));
  });
  const auto sink = Opened({[&] { return OpenWeb(InputFor(server.Url())); }, {}});
  SeenSteps steps;
  auto source = TextSource(text);
  ExpectProblem(sink->Verify("vmcore", *source, steps), UploadProblem::kMismatch);
}

TEST(WebRetries, WhatPassesIsTriedAgainAndALongWaitIsNot) {
  struct Row {
    std::string_view what;
    std::string fails;  // the first answers to PUT
    int times;
    UploadProblem problem;
    std::int64_t retry_after;
  };
  for (const Row& row : std::vector<Row>{
           {"503", HttpText(503), 2, UploadProblem::kNone, 0},
           {"500", HttpText(500), 2, UploadProblem::kNone, 0},
           {"429", HttpText(429, "Retry-After: 0\r\n"), 1, UploadProblem::kNone, 0},
           {"closed", "HTTP/1.1 ", 1, UploadProblem::kNone, 0},
           {"long", HttpText(503, "Retry-After: 11\r\n"), 1, UploadProblem::kThrottled, 11},
           {"full", HttpText(507), 1, UploadProblem::kRefused, 0},
           {"not allowed", HttpText(403), 1, UploadProblem::kRefused, 0},
       }) {
    Memory memory;
    int left = row.times;
    OddServer server([&](const HttpAsked& asked) {
      if (asked.method == "PUT" && left-- > 0) return row.fails;
      return memory.Serve(asked);
    });
    const auto sent = Send(InputFor(server.Url("/base")), "text");
    if (row.problem == UploadProblem::kNone) {
      ASSERT_TRUE(sent) << row.what << sent.error().message;
      EXPECT_EQ(memory.objects["/base/d/vmcore"], "text") << row.what;
      continue;
    }
    ExpectProblem(sent, row.problem, row.what);
    EXPECT_EQ(sent.error().retry_after_seconds, row.retry_after) << row.what;
    EXPECT_FALSE(memory.objects.contains("/base/d/vmcore")) << row.what;
  }
}

TEST(WebToken, ABearerTokenIsSent) {
  Tree tree("token: abc.def");
  Memory memory;
  OddServer server([&](const HttpAsked& asked) {
    const auto found = asked.headers.find("authorization");
    if (found == asked.headers.end() || found->second != "Bearer abc.def") return HttpText(401);
    return memory.Serve(asked);
  });
  SinkInput input = InputFor(server.Url("/base"));
  ExpectProblem(Send(input), UploadProblem::kCredentials);
  input.target.token_file = tree.path() + "/token";
  const auto sent = Send(input);
  EXPECT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(memory.objects["/base/d/vmcore"], "secret");
}

// The answer to a MOVE that was done is lost, and the part is gone when it is asked again.
TEST(WebMove, ALostAnswerIsNotSentTwice) {
  Memory memory;
  int moves = 0;
  OddServer server([&](const HttpAsked& asked) -> std::string {
    if (asked.method != "MOVE") return memory.Serve(asked);
    if (!memory.objects.contains(asked.path)) return HttpText(404);
    memory.objects["/base/d/vmcore"] = memory.objects[asked.path];
    memory.objects.erase(asked.path);
    ++moves;
    return "HTTP/1.1 ";
  });
  const auto sent = Send(InputFor(server.Url("/base")));
  EXPECT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(moves, 1);
  const auto asked = server.asked();
  EXPECT_EQ(std::ranges::count(asked, "PUT", &HttpAsked::method), 1);
  EXPECT_EQ(memory.objects.size(), 1U);
}

}  // namespace
}  // namespace kdumpd
