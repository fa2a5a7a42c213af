// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <string_view>

#include "daemon/core/text.h"
#include "daemon/ship/sigv4.h"
#include "daemon/ship/transfer.h"
#include "daemon/ship/url_encode.h"
#include "tests/support/child.h"

namespace kdumpd {

// A real S3 server, OpenStack Swift, with access key "test:tester" and secret "testing". Ends with
// this. Its own API, which knows no signatures, tells what it really holds.
class Swift {
 public:
  explicit Swift(int most_parts = 10'000)
      : server_({KDUMPD_SOURCE_DIR "/tests/support/swift_server.py", "--most-parts",
                 std::to_string(most_parts)}),
        address_(server_.Line(std::chrono::seconds(90))),
        back_(server_.Line()),
        tls_(server_.Line()),
        certificate_(server_.Line()) {
    EXPECT_FALSE(certificate_.empty()) << "Swift does not start";
    setenv("no_proxy", "*", 1);
  }

  [[nodiscard]] std::string endpoint() const { return Cat("http://", address_); }
  [[nodiscard]] std::string tls_endpoint() const { return Cat("https://", tls_); }
  [[nodiscard]] const std::string& certificate() const { return certificate_; }

  // Of a container, or of an object in it; `text` is what is put.
  Answer Do(const std::string& method, const std::string& path, std::string_view text = "") {
    Request request;
    request.method = method;
    request.url = Cat("http://", back_, "/v1/AUTH_test/", EncodePath(path));
    request.headers = {{"content-type", "application/octet-stream"}};
    request.text = text;
    auto answer = transfer_.Do(request);
    if (!answer) ADD_FAILURE() << method << " " << path << ": " << answer.error().message;
    return answer ? *answer : Answer{};
  }
  // What it holds under that name, up to 16 MiB; "(nothing)".
  std::string Held(const std::string& path) {
    std::string text;
    Request request;
    request.url = Cat("http://", back_, "/v1/AUTH_test/", EncodePath(path));
    request.take = [&](std::span<const std::byte> some) {
      text.append(reinterpret_cast<const char*>(some.data()), some.size());
      return text.size() <= 16 << 20;
    };
    const auto answer = transfer_.Do(request);
    return answer && answer->status == 200 ? text : "(nothing)";
  }

 private:
  Child server_;
  std::string address_, back_, tls_, certificate_;
  Transfer transfer_{{}, {}, nullptr};
};

}  // namespace kdumpd
