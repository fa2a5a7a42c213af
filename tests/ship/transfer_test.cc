// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/transfer.h"

#include <gtest/gtest.h>

#include "tests/support/odd_server.h"
#include "tests/support/ship_doubles.h"

namespace kdumpd {
namespace {

using namespace std::chrono_literals;

Uploaded<Answer> Asked(const std::string& url, std::string_view method = "GET",
                       std::chrono::seconds stall = 30s) {
  Transfer transfer({}, {.connect = 30s, .stall = stall}, nullptr);
  Request request;
  request.method = method;
  request.url = url;
  return transfer.Do(request);
}

TEST(Transfer, AnswersThatAreNone) {
  struct Row {
    std::string_view what;
    std::string answer;
    UploadProblem problem;
  };
  const std::string head = "HTTP/1.1 200 x\r\nConnection: close\r\nContent-Length: ";
  for (const Row& row : std::vector<Row>{
           {"shorter than it says", head + "100\r\n\r\nshort", UploadProblem::kUnreachable},
           {"no more than a word", "HTTP/1.1 ", UploadProblem::kUnreachable},
           {"another protocol", "SSH-2.0-x\r\n\r\n", UploadProblem::kServer},
           {"a negative length", head + "-1\r\n\r\nx", UploadProblem::kUnreachable},
           {"no answer", "", UploadProblem::kTimeout},
           {"more than 1 MiB", HttpText(200, "", std::string((1 << 20) + 1, 'x')),
            UploadProblem::kServer},
           {"more than 1 MiB of an error", HttpText(500, "", std::string((1 << 20) + 1, 'x')),
            UploadProblem::kServer},
           {"endless headers", head + "1\r\n" + std::string(4 << 20, 'x'),
            UploadProblem::kUnreachable},
       }) {
    OddServer server([&](const HttpAsked&) { return row.answer; });
    const bool waits = row.problem == UploadProblem::kTimeout;
    const auto answer = Asked(server.Url(), "GET", waits ? 1s : 30s);
    ASSERT_FALSE(answer) << row.what;
    EXPECT_EQ(Name(answer.error().problem), Name(row.problem))
        << row.what << ": " << answer.error().message;
  }
}

TEST(Transfer, AnswersOfAllStatusesAreAnswers) {
  for (const int status : {200, 204, 206, 301, 302, 307, 400, 401, 403, 404, 500, 503}) {
    OddServer server([&](const HttpAsked&) {
      return HttpText(status, "Location: /elsewhere\r\nETag:  \"a:b\" \r\nX-A: 1\r\nx-a: 2\r\n");
    });
    const auto answer = Asked(server.Url());
    ASSERT_TRUE(answer) << status << answer.error().message;
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->Header("etag"), "\"a:b\"");
    EXPECT_EQ(answer->Header("x-a"), "2");
    EXPECT_EQ(answer->Header("none"), "");
    EXPECT_EQ(server.asked().size(), 1U) << "a redirect is not followed";
  }
}

TEST(Transfer, WhatIsSent) {
  OddServer server([](const HttpAsked&) { return HttpText(200); });
  Transfer transfer({}, {}, nullptr);
  const std::string text = Noise(1'000'000);
  const auto source = TextSource(text);
  ASSERT_TRUE(transfer.Do({.method = "PUT",
                           .url = server.Url("/a/../b%20c"),
                           .headers = {{"X-Empty", ""}, {"X-Full", "v"}},
                           .source = source.get(),
                           .offset = 1000,
                           .bytes = 500'000}));
  ASSERT_TRUE(transfer.Do({.method = "POST", .url = server.Url(), .text = "<xml/>"}));
  ASSERT_TRUE(transfer.Do({.method = "PUT", .url = server.Url()}));
  const auto asked = server.asked();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].path, "/a/../b%20c");
  EXPECT_TRUE(asked[0].body == text.substr(1000, 500'000));
  EXPECT_EQ(asked[0].headers.at("x-full"), "v");
  EXPECT_FALSE(asked[0].headers.contains("expect"));
  EXPECT_FALSE(asked[0].headers.contains("transfer-encoding"));
  EXPECT_EQ(asked[1].body, "<xml/>");
  EXPECT_FALSE(asked[1].headers.contains("content-type")) << "no form";
  EXPECT_EQ(asked[2].headers.at("content-length"), "0");
}

TEST(Transfer, TheErrorOfTheSourceIsTheError) {
  OddServer server([](const HttpAsked&) { return HttpText(200); });
  Transfer transfer({}, {}, nullptr);
  WatchedSource source(Noise(1'000'000));
  source.breaks_at = 600'000;
  const auto answer = transfer.Do(
      {.method = "PUT", .url = server.Url(), .source = &source, .bytes = source.bytes()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().problem, UploadProblem::kSource);
}

TEST(Transfer, WhatDoesNotAnswerOrIsNoUrl) {
  struct Row {
    std::string url;
    UploadProblem problem;
  };
  for (const Row& row : std::vector<Row>{
           {Cat("http://127.0.0.1:", FreePort(), "/"), UploadProblem::kUnreachable},
           {"http://nowhere.invalid/", UploadProblem::kUnreachable},
           {"ftp://127.0.0.1/", UploadProblem::kConfig},
           {"file:///etc/passwd", UploadProblem::kConfig},
           {"http://", UploadProblem::kConfig},
           {"sftp://root@127.0.0.1/x", UploadProblem::kConfig},  // no host key is known
       }) {
    const auto answer = Asked(row.url);
    ASSERT_FALSE(answer) << row.url;
    EXPECT_EQ(Name(answer.error().problem), Name(row.problem)) << row.url;
  }
}

TEST(Transfer, OnlyTheAuthorityOfItsFile) {
  const Nginx server;
  for (const auto& [file, trusted] :
       std::vector<std::pair<std::string, bool>>{{"server.pem", true}, {"other.pem", false}}) {
    Trust trust;
    trust.ca_file = server.Path(file);
    Transfer transfer(trust, {}, nullptr);
    const auto answer = transfer.Do({.url = server.TlsUrl("/dav/none")});
    EXPECT_EQ(answer.has_value(), trusted) << file;
    EXPECT_TRUE(answer || answer.error().problem == UploadProblem::kTrust) << file;
  }
}

TEST(ErrorOf, StatusesAndRetryAfter) {
  struct Row {
    long status;
    std::string after;
    UploadProblem problem;
    std::int64_t seconds;
  };
  constexpr std::int64_t kNow = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT
  for (const Row& row : std::vector<Row>{
           {200, "", UploadProblem::kNone, 0},
           {204, "5", UploadProblem::kNone, 0},
           {301, "", UploadProblem::kRefused, 0},
           {401, "", UploadProblem::kCredentials, 0},
           {403, "", UploadProblem::kRefused, 0},
           {408, "", UploadProblem::kTimeout, 0},
           {429, "7", UploadProblem::kThrottled, 7},
           {503, "999999999999", UploadProblem::kThrottled, 86'400},
           {503, "99999999999999999999999", UploadProblem::kThrottled, 0},
           {503, "-5", UploadProblem::kThrottled, 0},
           {503, "soon", UploadProblem::kThrottled, 0},
           {503, "Sun, 06 Nov 1994 08:50:37 GMT", UploadProblem::kThrottled, 60},
           {503, "Sun, 06 Nov 1994 08:48:37 GMT", UploadProblem::kThrottled, 0},
           {503, "Sun, 06 Nov 2034 08:48:37 GMT", UploadProblem::kThrottled, 86'400},
           {500, "", UploadProblem::kServer, 0},
           {507, "", UploadProblem::kRefused, 0},
       }) {
    Answer answer;
    answer.status = row.status;
    if (!row.after.empty()) answer.headers["retry-after"] = row.after;
    const auto error = ErrorOf(answer, kNow);
    EXPECT_EQ(Name(error ? error->problem : UploadProblem::kNone), Name(row.problem)) << row.status;
    EXPECT_EQ(error ? error->retry_after_seconds : 0, row.seconds) << row.after;
  }
}

}  // namespace
}  // namespace kdumpd
