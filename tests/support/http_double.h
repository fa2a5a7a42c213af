// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

// An HTTP server that says whatever a test wants, for what no real one can be made to say. One
// request on each connection.
class HttpDouble {
 public:
  struct Asked {
    std::string method, path, query, body;       // not decoded
    std::map<std::string, std::string> headers;  // names in lower case
  };
  struct Says {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    bool hang_up = false;    // without an answer
    long cut_after = -1;     // bytes of the body; -1: all of it
    std::size_t length = 0;  // of an answer to HEAD
  };
  using Handler = std::function<Says(const Asked&)>;

  explicit HttpDouble(Handler handler) : handler_(std::move(handler)) {
    listener_.Reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_.get(), 16) != 0 ||
        getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      abort();
    }
    setenv("no_proxy", "*", 1);
    url_ = Cat("http://127.0.0.1:", ntohs(address.sin_port));
    thread_ = std::jthread([this] { Serve(); });
  }
  HttpDouble(const HttpDouble&) = delete;
  HttpDouble& operator=(const HttpDouble&) = delete;
  ~HttpDouble() { shutdown(listener_.get(), SHUT_RDWR); }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // How many requests had that method, and that in their query.
  [[nodiscard]] long Count(std::string_view method, std::string_view query = "") const {
    return std::ranges::count_if(asked(), [&](const Asked& each) {
      return each.method == method && each.query.contains(query);
    });
  }

 private:
  void Serve() {
    for (;;) {
      const UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) return;
      Asked asked;
      if (!Read(connection.get(), asked)) continue;
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(asked);
      }
      const Says says = handler_(asked);
      if (!says.hang_up) Write(connection.get(), asked, says);
    }
  }

  static bool Read(int connection, Asked& asked) {
    std::string text;
    std::array<char, 65536> buffer;
    std::size_t end = 0, body = 0;
    while (end == 0 || text.size() < end + body) {
      const ssize_t got = recv(connection, buffer.data(), buffer.size(), 0);
      if (got <= 0) return false;
      text.append(buffer.data(), static_cast<std::size_t>(got));
      if (const auto blank = text.find("\r\n\r\n"); end == 0 && blank != text.npos) {
        end = blank + 4;
        ParseHead(std::string_view(text).substr(0, blank), asked);
        const auto length = asked.headers.find("content-length");
        if (length != asked.headers.end()) body = std::stoul(length->second);
      }
    }
    asked.body = text.substr(end);
    return true;
  }

  static void ParseHead(std::string_view head, Asked& asked) {
    const auto lines = Lines(head);
    const auto words = Words(Trim(lines.front()));
    asked.method = words[0];
    const auto mark = words[1].find('?');
    asked.path = words[1].substr(0, mark);
    if (mark != words[1].npos) asked.query = words[1].substr(mark + 1);
    for (const std::string_view line : lines) {
      const auto colon = line.find(':');
      if (&line == &lines.front() || colon == line.npos) continue;
      std::string name(line.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
      asked.headers[name] = Trim(line.substr(colon + 1));
    }
  }

  static void Write(int connection, const Asked& asked, const Says& says) {
    const bool head = asked.method == "HEAD";
    std::string text = Cat("HTTP/1.1 ", says.status, " X\r\nConnection: close\r\nContent-Length: ",
                           head ? says.length : says.body.size(), "\r\n");
    for (const auto& [name, value] : says.headers) text += Cat(name, ": ", value, "\r\n");
    text += "\r\n";
    if (!head) text += says.cut_after < 0 ? says.body : says.body.substr(0, says.cut_after);
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t sent = send(connection, text.data() + at, text.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
  }

  Handler handler_;
  UniqueFd listener_;
  std::string url_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::jthread thread_;  // the last: ends before what it uses
};

}  // namespace kdumpd
