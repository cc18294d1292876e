# Seedcast's page and server: see docs/self-hosting.md.

FROM rust:1.95-trixie AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /seedcast
COPY . .
RUN cargo xtask build

FROM debian:trixie-slim
COPY --from=build /seedcast/target/release/seedcast-signaling /usr/local/bin/
COPY --from=build /seedcast/dist /usr/share/seedcast
RUN mkdir /etc/seedcast && echo '{}' > /etc/seedcast/config.json
USER 65534:65534
EXPOSE 8080
ENTRYPOINT ["seedcast-signaling", "--listen", "[::]:8080", "--static", "/usr/share/seedcast", "--config", "/etc/seedcast/config.json"]
