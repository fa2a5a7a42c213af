// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cctype>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/unique_fd.h"
#include "daemon/web/listen_socket.h"

namespace kdumpd {

struct Reply {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::map<std::string, std::string> headers;  // lower case
  std::string body;
};

inline std::size_t TakeBody(char* data, std::size_t size, std::size_t count, void* reply) {
  static_cast<Reply*>(reply)->body.append(data, size * count);
  return size * count;
}

inline std::size_t TakeHeader(char* data, std::size_t size, std::size_t count, void* reply) {
  const std::string line(data, size * count);
  const auto colon = line.find(": ");
  if (colon != std::string::npos) {
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    static_cast<Reply*>(reply)->headers[name] = line.substr(colon + 2, line.find('\r') - colon - 2);
  }
  return size * count;
}

// One client, which keeps its connection between requests.
class Client {
 public:
  explicit Client(std::string method = "GET") {
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &TakeBody);
    curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, &TakeHeader);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, 10'000L);
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    curl_easy_setopt(curl_, CURLOPT_PATH_AS_IS, 1L);
    if (method == "HEAD") curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
    if (method == "POST")
      curl_easy_setopt(curl_, CURLOPT_COPYPOSTFIELDS, std::string(90'000, 'x').c_str());
    if (method != "GET") curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  ~Client() { curl_easy_cleanup(curl_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Reply Get(const std::string& address, const std::string& path) {
    Reply reply;
    const std::string url = "http://" + address + path;
    curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &reply);
    curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &reply);
    reply.code = curl_easy_perform(curl_);
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &reply.status);
    return reply;
  }
  long Connects() {
    long connects = 0;
    curl_easy_getinfo(curl_, CURLINFO_NUM_CONNECTS, &connects);
    return connects;
  }

 private:
  CURL* curl_ = curl_easy_init();
};

// A raw connection, for what no client library would send.
class RawClient {
 public:
  explicit RawClient(const std::string& address) {
    const auto to = ParseSocketAddress(address);
    fd_.Reset(::socket(to->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connected_ = ::connect(fd_.get(), to->Get(), to->length) == 0;
  }
  [[nodiscard]] bool connected() const { return connected_; }
  bool Send(std::string_view text) {
    return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  // What arrives until the other end closes; nothing when it has not closed in `patience`.
  std::optional<std::string> ReadToEnd(
      std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::string all;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd wait{fd_.get(), POLLIN, 0};
      if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) return {};
      std::array<char, 4096> some{};
      const ssize_t got = ::recv(fd_.get(), some.data(), some.size(), 0);
      if (got <= 0) return all;  // closed, or reset
      all.append(some.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  UniqueFd fd_;
  bool connected_ = false;
};

}  // namespace kdumpd
