// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "tests/support/process.h"
#include "tests/support/tree.h"

// Real servers of a test's own, on loopback ports that were free, in directories of their own. They
// end with it, also when it dies.
namespace kdumpd {

inline sockaddr_in LoopbackPort(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline int FreePort() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = LoopbackPort(0);
  socklen_t size = sizeof address;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return -1;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  return ntohs(address.sin_port);
}

inline bool Answers(int port) {
  return Eventually([&] {
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = LoopbackPort(port);
    return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  });
}

// What is between us and the servers of a machine's own is not between us and these.
inline void ForgetProxies() {
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                           "AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    unsetenv(name);
  }
}

inline int RunToEnd(const std::vector<std::string>& arguments, const std::string& output) {
  return Process(arguments, output).Wait().value_or(-1);
}

class RealServer {
 public:
  RealServer() {
    ForgetProxies();
    chmod(tree_.path().c_str(), 0711);  // a server that is no root looks into it
    tree_.MakeDirectory("store");
  }
  // False: it does not answer; what it said is in the failure.
  bool Start(std::vector<std::string> arguments, int port) {
    arguments.insert(arguments.begin(), {"setpriv", "--pdeathsig", "KILL"});
    process_ = std::make_unique<Process>(arguments, Path("output"));
    const bool answers = Answers(port);
    EXPECT_TRUE(answers) << process_->Output();
    return answers;
  }
  void Stop() { process_.reset(); }
  // Its children at once: the connections of a server that forks.
  void KillChildren() const {
    const std::string pid = std::to_string(process_->pid());
    const std::string children = FileText("/proc/" + pid + "/task/" + pid + "/children");
    for (const std::string_view child : Words(children)) {
      if (const auto number = ParseUnsigned(child)) kill(static_cast<pid_t>(*number), SIGKILL);
    }
  }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string Path(std::string_view name) const {
    return Cat(tree_.path(), "/", name);
  }
  [[nodiscard]] std::string store() const { return Path("store"); }

 protected:
  Tree tree_{""};
  int port_ = FreePort();

 private:
  std::unique_ptr<Process> process_;
};

class Sshd : public RealServer {
 public:
  Sshd() {
    mkdir("/run/sshd", 0755);
    for (const auto& [name, type] :
         std::vector<std::pair<std::string, std::string>>{{"host", "ed25519"},
                                                          {"other", "ed25519"},
                                                          {"key", "ed25519"},
                                                          {"ecdsa", "ecdsa"},
                                                          {"rsa", "rsa"},
                                                          {"stranger", "ed25519"}}) {
      MakeKey(name, type);
    }
    tree_.Write("authorized", FileText(Path("key.pub")) + FileText(Path("ecdsa.pub")) +
                                  FileText(Path("rsa.pub")));
    chmod(Path("authorized").c_str(), 0644);
    tree_.Write("sshd_config",
                Cat("Port ", port_, "\nListenAddress 127.0.0.1\nHostKey ", Path("host"),
                    "\nAuthorizedKeysFile ", Path("authorized"),
                    "\nUsePAM no\nStrictModes no\nPidFile none\nPermitRootLogin yes\n"
                    "ForceCommand internal-sftp\nSubsystem sftp internal-sftp\n"));
    Begin();
  }
  void Begin() { Start({"/usr/sbin/sshd", "-D", "-e", "-f", Path("sshd_config")}, port_); }
  void MakeKey(const std::string& name, const std::string& type,
               const std::string& passphrase = "") const {
    ASSERT_EQ(RunToEnd({"ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", Path(name)},
                       Path("keygen")),
              0);
  }
  // "SHA256:..."
  [[nodiscard]] std::string Fingerprint(const std::string& key) const {
    RunToEnd({"ssh-keygen", "-lf", Path(key + ".pub")}, Path("keygen"));
    const std::string line = FileText(Path("keygen"));
    return std::string(Words(line).at(1));
  }
  [[nodiscard]] std::string Url() const { return Cat("sftp://root@127.0.0.1:", port_, store()); }
  void Know(const std::string& key, const std::string& file) const {
    tree_.Write(file, Cat("[127.0.0.1]:", port_, " ", FileText(Path(key + ".pub"))));
  }
};

// /dav/ does all of WebDAV that it can, /plain/ PUT alone, /secret/ wants a user; also with TLS.
class Nginx : public RealServer {
 public:
  Nginx() {
    for (const char* name : {"dav", "plain", "secret"}) {
      tree_.MakeDirectory(Cat("store/", name));
    }
    MakeCertificate("server");
    MakeCertificate("other");
    tree_.Write("users", "me:{PLAIN}our word\n");
    tree_.Write(
        "nginx.conf",
        Cat("daemon off; master_process off; pid ", Path("pid"), "; error_log stderr;\n",
            "events {}\nhttp {\n",
            "  log_format plain '$request_method $uri $status $request_length';\n", "  access_log ",
            Path("log"), " plain;\n", Temporaries(), "  client_max_body_size 0; root ", store(),
            ";\n  server {\n", "    listen 127.0.0.1:", port_, "; listen 127.0.0.1:", tls_port_,
            " ssl;\n", "    ssl_certificate ", Path("server.pem"), "; ssl_certificate_key ",
            Path("server.key"), ";\n",
            "    location /dav/ { dav_methods PUT DELETE MKCOL COPY MOVE; }\n",
            "    location /plain/ { dav_methods PUT; create_full_put_path on; }\n",
            "    location /moved/ { return 302 http://127.0.0.1:", port_, "/dav/x; }\n",
            "    location /secret/ { dav_methods PUT DELETE MKCOL MOVE; auth_basic x;\n",
            "      auth_basic_user_file ", Path("users"), "; }\n  }\n}\n"));
    Start({"/usr/sbin/nginx", "-c", Path("nginx.conf"), "-e", "stderr"}, port_);
  }
  [[nodiscard]] std::string Url(std::string_view path) const {
    return Cat("http://127.0.0.1:", port_, path);
  }
  [[nodiscard]] std::string TlsUrl(std::string_view path) const {
    return Cat("https://127.0.0.1:", tls_port_, path);
  }
  [[nodiscard]] std::vector<std::string> Log() const {
    const std::string text = FileText(Path("log"));
    const auto lines = Lines(text);
    return {lines.begin(), lines.end()};
  }

 private:
  void MakeCertificate(const std::string& name) const {
    ASSERT_EQ(RunToEnd({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", Path(name + ".key"),
                        "-out", Path(name + ".pem")},
                       Path("openssl")),
              0)
        << FileText(Path("openssl"));
  }
  [[nodiscard]] std::string Temporaries() const {
    std::string text;
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      text += Cat("  ", kind, "_temp_path ", Path(Cat("temp_", kind)), ";\n");
    }
    return text;
  }
  int tls_port_ = FreePort();
};

}  // namespace kdumpd
