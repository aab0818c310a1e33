// An echo server on Asio's callbacks. A session receives into its own buffer, writes all of that, and only then
// receives again.
#include <array>
#include <asio.hpp>
#include <iostream>
#include <memory>

using asio::ip::tcp;

namespace
{

constexpr std::size_t buffer_size = 64 * 1024;

class session : public std::enable_shared_from_this<session>
{
  public:
    explicit session(tcp::socket socket) : socket_(std::move(socket))
    {
        asio::error_code ignored;
        socket_.set_option(tcp::no_delay(true), ignored);
    }

    void receive()
    {
        socket_.async_read_some(asio::buffer(buffer_),
                                [self = shared_from_this()](asio::error_code error, std::size_t length) {
                                    if (!error)
                                        self->send(length);
                                    else if (error == asio::error::eof)
                                        self->finish();
                                });
    }

  private:
    void send(std::size_t length)
    {
        asio::async_write(socket_, asio::buffer(buffer_, length),
                          [self = shared_from_this()](asio::error_code error, std::size_t) {
                              if (!error)
                                  self->receive();
                          });
    }

    void finish()
    {
        asio::error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }

    tcp::socket socket_;
    std::array<char, buffer_size> buffer_;
};

void accept(tcp::acceptor &acceptor)
{
    acceptor.async_accept([&acceptor](asio::error_code error, tcp::socket socket) {
        if (!error)
            std::make_shared<session>(std::move(socket))->receive();
        accept(acceptor);
    });
}

} // namespace

int main()
{
    asio::io_context context(1); // a hint that one thread runs it, which spares it locks
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    accept(acceptor);
    std::cout << "listening on 127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    context.run();
}
