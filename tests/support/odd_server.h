// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <cctype>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/real_servers.h"

namespace kdumpd {

struct HttpAsked {
  std::string method, path;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// What no real server does: a server whose answers, byte for byte, are the test's. One connection
// at a time, one request on each. An answer of "" is none: the connection stays open and silent.
class OddServer {
 public:
  using Handler = std::function<std::string(const HttpAsked&)>;
  explicit OddServer(Handler handler) : handler_(std::move(handler)) {
    ForgetProxies();
    listen_.Reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = LoopbackPort(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listen_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listen_.get(), 16), 0);
    getsockname(listen_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~OddServer() {
    const std::uint64_t one = 1;
    EXPECT_EQ(write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
  }
  OddServer(const OddServer&) = delete;
  OddServer& operator=(const OddServer&) = delete;

  [[nodiscard]] std::string Url(std::string_view path = "/") const {
    return Cat("http://127.0.0.1:", port_, path);
  }
  [[nodiscard]] std::vector<HttpAsked> asked() {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

 private:
  // False: it is to stop.
  bool Ready(int fd) {
    pollfd both[] = {{fd, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    return poll(both, 2, 60'000) > 0 && both[1].revents == 0;
  }
  bool More(int fd, std::string& text) {
    char piece[65536];
    if (!Ready(fd)) return false;
    const ssize_t got = recv(fd, piece, sizeof piece, 0);
    if (got > 0) text.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  }
  void Serve() {
    while (Ready(listen_.get())) {
      const UniqueFd fd(accept4(listen_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::string text;
      std::size_t end = 0;
      while ((end = text.find("\r\n\r\n")) == std::string::npos && More(fd.get(), text)) {
      }
      if (end == std::string::npos) continue;
      HttpAsked asked = Parsed(text.substr(0, end));
      const auto bytes = ParseUnsigned(asked.headers["content-length"]).value_or(0);
      while (text.size() < end + 4 + bytes && More(fd.get(), text)) {
      }
      asked.body = text.substr(end + 4);
      {
        const std::scoped_lock lock(mutex_);
        asked_.push_back(asked);
      }
      const std::string answer = handler_(asked);
      if (answer.empty()) (void)More(fd.get(), text);  // until the other end goes
      (void)send(fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }
  static HttpAsked Parsed(std::string_view head) {
    HttpAsked asked;
    const auto lines = Lines(head);
    const auto words = Words(lines.at(0));
    asked.method = words.at(0);
    asked.path = words.at(1);
    for (const std::string_view line : lines) {
      const auto colon = line.find(": ");
      if (colon == std::string_view::npos) continue;
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      asked.headers[name] = Trim(line.substr(colon + 2));
    }
    return asked;
  }

  Handler handler_;
  UniqueFd listen_;
  UniqueFd stop_{eventfd(0, EFD_CLOEXEC)};
  int port_ = 0;
  std::mutex mutex_;
  std::vector<HttpAsked> asked_;
  std::jthread thread_;
};

// "HTTP/1.1 STATUS x", the headers ("A: b\r\n" each), and a body of that length.
inline std::string HttpText(int status, std::string_view headers = "", std::string_view body = "") {
  return Cat("HTTP/1.1 ", status, " x\r\nConnection: close\r\n", headers,
             "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace kdumpd
