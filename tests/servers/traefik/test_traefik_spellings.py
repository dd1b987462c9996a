"""Traefik as people spell it, in each of its notations: what is found, where, how bad, and above all what is not.

CORS stands for `traefik.http.middlewares.cors.headers`; the marks are explained in `conftest`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

Differences: TypeAlias = Callable[[Mapping[str, str]], list[str]]

FOUND = {
    "everyone with credentials": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['*']  # <- high any-origin-with-credentials
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "everyone": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['*']  # <- medium production-wildcard
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "neither methods nor headers": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:  # <- medium incomplete-preflight
      headers:
        accessControlAllowOriginList: ['https://app.example']
        addVaryHeader: true
""",
    ),
    "methods without headers": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:  # <- medium incomplete-preflight
      headers:
        accessControlAllowOriginList: ['https://app.example']
        accessControlAllowMethods: [GET, PUT]
        addVaryHeader: true
""",
    ),
    "a list without Vary": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://app.example']  # <- low missing-vary
        accessControlAllowMethods: [GET]
""",
    ),
    "a list with credentials and without Vary": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://app.example']  # <- medium missing-vary
        accessControlAllowMethods: [GET]
        accessControlAllowCredentials: true
""",
    ),
    "a pattern for everyone, with credentials": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginListRegex: ['.*']  # <- high any-origin-with-credentials
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a pattern without ends": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginListRegex: ['https://.*.example.com']  # <- high origin-pattern-bypass
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "null": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['null']  # <- high null-origin
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "plain http": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['http://app.example']  # <- medium insecure-origin
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a slash behind the origin": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://app.example/']  # <- medium malformed-origin
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "the option of Traefik 2.1": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOrigin: '*'  # <- low renamed-setting
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "the option of Traefik 2.1 beside the list": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOrigin: 'origin-list-or-null'  # <- low renamed-setting
        accessControlAllowOriginList: ['https://app.example']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "everyone, by a response header": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        customResponseHeaders:
          Access-Control-Allow-Origin: '*'  # <- medium production-wildcard
""",
    ),
    "everyone with credentials, by response headers": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        customResponseHeaders:
          Access-Control-Allow-Origin: '*'  # <- medium any-origin-with-credentials
          Access-Control-Allow-Credentials: 'true'
""",
    ),
    "a response header beside the list": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://app.example']
        customResponseHeaders:
          Access-Control-Allow-Origin: 'https://old.example'  # <- low shadowed-setting
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a middleware that no router names": (
        "traefik/dynamic.yml",
        """
http:
  routers:
    api:
      rule: Host(`a.example`)
      service: s
      middlewares: [auth]
  middlewares:
    auth:
      basicAuth: {users: []}
    cors:  # <- low shadowed-setting
      headers:
        accessControlAllowOriginList: ['https://app.example']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a resource: everyone with credentials": (
        "k8s/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ['*']  # <- high any-origin-with-credentials
    accessControlAllowCredentials: true
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "a resource of Traefik 2: everyone with credentials": (
        "k8s/cors.yaml",
        """
apiVersion: traefik.containo.us/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ['*']  # <- medium any-origin-with-credentials
    accessControlAllowCredentials: true
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "a resource: everyone": (
        "k8s/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList:
      - '*'  # <- medium production-wildcard
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "a resource: an option in lower case": (
        "k8s/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accesscontrolalloworiginlist: ['*']  # <- medium unknown-setting
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "a chart: an origin of the values": (
        "chart/templates/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: {{ .Release.Name }}-cors
spec:
  headers:
    accessControlAllowOriginList:
      - {{ .Values.origin | quote }}  # <- info undetermined
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "a chart: a list of the values": (
        "chart/templates/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: {{ .Release.Name }}-cors
spec:
  headers:
    accessControlAllowOriginList:
    {{- range .Values.origins }}
      - {{ . }}  # <- info undetermined
    {{- end }}
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "a chart: everyone with credentials": (
        "chart/templates/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: {{ .Release.Name }}-cors
spec:
  headers:
    accessControlAllowOriginList:
      - '*'  # <- high any-origin-with-credentials
    accessControlAllowCredentials: true
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "labels: everyone with credentials": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"  # <- high any-origin-with-credentials
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "labels in a map: everyone with credentials": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      CORS.accesscontrolalloworiginlist: "*"  # <- high any-origin-with-credentials
      CORS.accesscontrolallowcredentials: "true"
      CORS.accesscontrolallowmethods: "GET,POST"
      CORS.accesscontrolallowheaders: "Content-Type"
      CORS.addvaryheader: "true"
""",
    ),
    "labels of a stack: everyone with credentials": (
        "docker-stack.yml",
        """
services:
  app:
    image: nginx:1
    deploy:
      labels:
        - "CORS.accesscontrolalloworiginlist=*"  # <- high any-origin-with-credentials
        - "CORS.accesscontrolallowcredentials=true"
        - "CORS.accesscontrolallowmethods=GET,POST"
        - "CORS.accesscontrolallowheaders=Content-Type"
        - "CORS.addvaryheader=true"
""",
    ),
    "labels of a stack in a map: everyone": (
        "docker-stack.yml",
        """
services:
  app:
    image: nginx:1
    deploy:
      labels:
        CORS.accesscontrolalloworiginlist: "*"  # <- medium production-wildcard
        CORS.accesscontrolallowmethods: "GET,POST"
        CORS.accesscontrolallowheaders: "Content-Type"
        CORS.addvaryheader: "true"
""",
    ),
    "labels in both cases of letters": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accessControlAllowOriginList=*"  # <- medium production-wildcard
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "labels: the option of Traefik 2.1": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworigin=*"  # <- low renamed-setting
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "labels: a response header for everyone": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.customresponseheaders.Access-Control-Allow-Origin=*"  # <- medium production-wildcard
""",
    ),
    "labels: an origin of the environment": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=${CORS_ORIGINS}"  # <- info undetermined
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "labels: everyone, unless the environment says otherwise": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=${CORS_ORIGINS:-*}"  # <- medium production-wildcard
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "everyone with credentials in Traefik 2.10": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v2.10
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"  # <- medium any-origin-with-credentials
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "everyone with credentials in Traefik 3.6.21": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v3.6.21
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"  # <- medium any-origin-with-credentials
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "everyone with credentials in Traefik 3.6.22": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v3.6.22
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"  # <- high any-origin-with-credentials
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "everyone with credentials in Traefik 3.7.5": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v3.7.5
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"  # <- medium any-origin-with-credentials
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "everyone with credentials in Traefik 3.7.6": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v3.7.6
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"  # <- high any-origin-with-credentials
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "everyone with credentials in the newest 3.7": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v3.7
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"  # <- high any-origin-with-credentials
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "everyone with credentials in the latest": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:latest
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"  # <- high any-origin-with-credentials
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "TOML: everyone with credentials": (
        "traefik/dynamic.toml",
        """
[http.middlewares.cors.headers]
  accessControlAllowOriginList = ["*"]  # <- high any-origin-with-credentials
  accessControlAllowCredentials = true
  accessControlAllowMethods = ["GET", "POST"]
  accessControlAllowHeaders = ["Content-Type"]
  addVaryHeader = true
""",
    ),
    "origins by label, each with an index": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist[0]=https://a.example"  # <- info undetermined
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "credentials off by the chart": (
        "chart/templates/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ['https://a.example']
    accessControlAllowCredentials: {{ .Values.credentials }}  # <- info undetermined
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "a Compose file with everyone for plain http": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=http://app.example"  # <- medium insecure-origin
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "a slash behind an origin, by label": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=https://app.example/"  # <- medium malformed-origin
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "a star in an exact list": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://*.example.com']  # <- medium malformed-origin
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "everyone and a star for headers, with credentials": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v2.11
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=https://a.example"
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowheaders=*"  # <- medium literal-wildcard-with-credentials
      - "CORS.accesscontrolallowmethods=GET,PUT"
      - "CORS.addvaryheader=true"
""",
    ),
    "a max-age of 20 days": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlMaxAge: 1728000  # <- info excessive-max-age
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "everyone by pattern": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginListRegex: ['.*']  # <- medium production-wildcard
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "everyone, credentials and no Vary": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['*']  # <- high any-origin-with-credentials (missing-vary)
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
""",
    ),
    "TOML: everyone beside another": (
        "traefik/dynamic.toml",
        """
[http]
  [http.routers.api]
    rule = "PathPrefix(`/v1`)"
    middlewares = ["cors"]
    service = "api"
  [http.middlewares]
    [http.middlewares.cors.headers]
      # every one
      accessControlAllowOriginList = [
        "https://app.example",
        "*",  # <- medium production-wildcard (shadowed-setting)
      ]
      accessControlAllowMethods = ["GET", "POST"]
      accessControlAllowHeaders = ["Content-Type"]
      addVaryHeader = true
""",
    ),
    "TOML: a response header for everyone": (
        "traefik/dynamic.toml",
        """
[http.middlewares.cors.headers]
  [http.middlewares.cors.headers.customResponseHeaders]
    Access-Control-Allow-Origin = "*"  # <- medium production-wildcard
""",
    ),
    "TOML: null in an inline table": (
        "traefik/dynamic.toml",
        """
[http.middlewares]
cors.headers = { accessControlAllowOriginList = ["null"], addVaryHeader = true }  # <- medium null-origin
""",
    ),
    "TOML: a pattern without ends, under dotted keys": (
        "traefik/dynamic.toml",
        r"""
http.middlewares.cors.headers.accessControlAllowOriginListRegex = ['https://a\.test']  # <- high origin-pattern-bypass
http.middlewares.cors.headers.accessControlAllowCredentials = true
http.middlewares.cors.headers.accessControlAllowMethods = ['GET']
http.middlewares.cors.headers.addVaryHeader = true
""",
    ),
    "TOML: a list and nothing else": (
        "traefik/dynamic.toml",
        """
[http.middlewares.cors.headers]  # <- medium incomplete-preflight
  accessControlAllowOriginList = ["https://app.example"]  # <- low missing-vary
""",
    ),
    "TOML: an array that is not closed": (
        "traefik/dynamic.toml",
        """
[http.middlewares.cors.headers]
  accessControlAllowOriginList = ["*"
  accessControlAllowCredentials = true  # <- low unreadable-input
""",
    ),
    "TOML: an origin of a template": (
        "traefik/dynamic.toml",
        """
[http.middlewares.cors.headers]
  accessControlAllowOriginList = ["{{ env "ORIGIN" }}"]  # <- info undetermined
  accessControlAllowMethods = ["GET"]
  addVaryHeader = true
""",
    ),
    "TOML: a loop of a template": (
        "traefik/dynamic.toml",
        """
{{ range $i := until 3 }}
[http.middlewares.cors{{ $i }}.headers]
  accessControlAllowOriginList = ["*"]  # <- high any-origin-with-credentials
  accessControlAllowCredentials = true
  accessControlAllowMethods = ["GET"]
  addVaryHeader = true
{{ end }}
""",
    ),
}
"""Files in which something is found, each with its path."""

SILENT = {
    "a list with credentials": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://app.example']
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a pattern with ends": (
        "traefik/dynamic.yml",
        r"""
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginListRegex: ['^https://[a-z]+\.example\.com$']
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "one origin, by a response header": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        customResponseHeaders:
          Access-Control-Allow-Origin: 'https://app.example'
          X-Robots-Tag: none
""",
    ),
    "headers for security alone": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        frameDeny: true
        stsSeconds: 31536000
        customResponseHeaders:
          X-Robots-Tag: none
""",
    ),
    "a middleware that a router names": (
        "traefik/dynamic.yml",
        """
http:
  routers:
    api:
      rule: Host(`a.example`)
      service: s
      middlewares: [cors]
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://app.example']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a resource: a list": (
        "k8s/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ['https://app.example']
    accessControlAllowCredentials: true
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "a resource for development": (
        "k8s/dev/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList:
      - '*'
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "labels: a list": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=https://a.example,https://b.example"
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "labels for development": (
        "docker-compose.override.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "another middleware": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    limit:
      rateLimit:
        average: 100
""",
    ),
    "security headers": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.stsseconds=31536000"
      - "CORS.framedeny=true"
      - "CORS.customresponseheaders.X-Robots-Tag=none"
""",
    ),
    "a request header": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        customRequestHeaders:
          Access-Control-Request-Method: GET
          X-Forwarded-Proto: https
""",
    ),
    "a header of the application taken away": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        customResponseHeaders:
          Access-Control-Allow-Origin: ''
          Server: ''
""",
    ),
    "everyone in a file for development": (
        "traefik/dev.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['*']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "everyone in a folder for tests": (
        "tests/traefik.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['*']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "everyone in an example": (
        "examples/docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=*"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "everyone in a namespace for development": (
        "k8s/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  namespace: dev
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ['*']
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
""",
    ),
    "everyone for files of fonts": (
        "traefik/dynamic.yml",
        """
http:
  routers:
    fonts:
      rule: PathPrefix(`/fonts`)
      middlewares: [cors]
      service: s
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['*']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a list and patterns": (
        "traefik/dynamic.yml",
        r"""
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlAllowOriginListRegex: ['^https://[a-z0-9-]+\.example\.org$']
        accessControlAllowCredentials: true
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a team's pattern on a platform": (
        "traefik/dynamic.yml",
        r"""
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginListRegex: ['^https://shop-[^.]*-ourteam\.vercel\.app$']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a port": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example:8443']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "localhost in development": (
        "docker-compose.override.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=http://localhost:3000"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "only GET, said so": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlAllowMethods: [GET]
        addVaryHeader: true
""",
    ),
    "methods as one text": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlAllowMethods: GET,POST
        accessControlAllowHeaders: Content-Type
        addVaryHeader: true
""",
    ),
    "a kept preflight": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlMaxAge: 600
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "an exposed header": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlExposeHeaders: [X-Total-Count]
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "Vary by hand": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        customResponseHeaders:
          Vary: Origin
""",
    ),
    "static options beside": (
        "traefik.yml",
        """
entryPoints:
  web:
    address: ':80'
providers:
  file:
    filename: dynamic.yml
""",
    ),
    "static and dynamic options in one file": (
        "traefik.yml",
        """
entryPoints:
  web:
    address: ':80'
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a chain": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        accessControlAllowOriginList: ['https://a.example']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
    all:
      chain:
        middlewares: [cors]
""",
    ),
    "an IngressRoute that uses it": (
        "k8s/cors.yaml",
        """
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ['https://a.example']
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata:
  name: app
spec:
  routes:
    - match: Host(`a.example`)
      kind: Rule
      middlewares:
        - name: cors
""",
    ),
    "a middleware of another product": (
        "k8s/cors.yaml",
        """
apiVersion: example.org/v1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ['*']
""",
    ),
    "a switch of Helm around it": (
        "chart/templates/cors.yaml",
        """
{{- if .Values.cors.enabled }}
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ['https://a.example']
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
{{- end }}
""",
    ),
    "labels in a map, good": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      CORS.accesscontrolalloworiginlist: "https://a.example"
      CORS.accesscontrolallowmethods: "GET,POST"
      CORS.accesscontrolallowheaders: "Content-Type"
      CORS.addvaryheader: "true"
""",
    ),
    "labels of a stack, good": (
        "docker-stack.yml",
        """
services:
  app:
    image: nginx:1
    deploy:
      labels:
        - "CORS.accesscontrolalloworiginlist=https://a.example"
        - "CORS.accesscontrolallowcredentials=true"
        - "CORS.accesscontrolallowmethods=GET,POST"
        - "CORS.accesscontrolallowheaders=Content-Type"
        - "CORS.addvaryheader=true"
""",
    ),
    "labels with the middleware at a router": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "traefik.http.routers.app.middlewares=cors"
      - "traefik.http.routers.app.rule=Host(`a.example`)"
      - "CORS.accesscontrolalloworiginlist=https://a.example"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "labels with a default that is good": (
        "docker-compose.yml",
        """
services:
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=${ORIGIN:-https://a.example}"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "the first Traefik, whose option it was": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v2.1
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworigin=https://a.example"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "TOML with a list": (
        "traefik/dynamic.toml",
        """
[http.middlewares.cors.headers]
  accessControlAllowOriginList = ["https://a.example"]
  accessControlAllowMethods = ["GET", "PUT"]
  accessControlAllowHeaders = ["Content-Type"]
  addVaryHeader = true
""",
    ),
    "TOML with arrays over lines": (
        "traefik/dynamic.toml",
        """
[http.middlewares]
  [http.middlewares.cors.headers]
    accessControlAllowOriginList = [
      "https://a.example", # ours
      "https://b.example",
    ]
    accessControlAllowMethods = [ "GET", "PUT" ]
    accessControlAllowHeaders = [ "Content-Type" ]
    accessControlAllowCredentials = true
    addVaryHeader = true
""",
    ),
    "TOML of other things": (
        "traefik/dynamic.toml",
        """
[http.middlewares.auth.basicAuth]
  users = ["a:b"]
""",
    ),
    "TOML for development": (
        "traefik/dev.toml",
        """
[http.middlewares.cors.headers]
  accessControlAllowOriginList = ["*"]
  accessControlAllowMethods = ["GET", "PUT"]
  accessControlAllowHeaders = ["Content-Type"]
  addVaryHeader = true
""",
    ),
    "a remark": (
        "traefik/dynamic.yml",
        """
# accessControlAllowOriginList: ['*']
http: {}
""",
    ),
    "everyone with a reason": (
        "traefik/dynamic.yml",
        """
http:
  middlewares:
    cors:
      headers:
        # corslint: ignore[production-wildcard] -- public data
        accessControlAllowOriginList: ['*']
        accessControlAllowMethods: [GET, POST]
        accessControlAllowHeaders: [Content-Type]
        addVaryHeader: true
""",
    ),
    "a star for headers, with credentials, in a new release": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v3.7.9
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=https://a.example"
      - "CORS.accesscontrolallowcredentials=true"
      - "CORS.accesscontrolallowheaders=*"
      - "CORS.accesscontrolallowmethods=GET,PUT"
      - "CORS.addvaryheader=true"
""",
    ),
    "a max-age of nothing before 3.7.6": (
        "docker-compose.yml",
        """
services:
  traefik:
    image: traefik:v3.6.1
  app:
    image: nginx:1
    labels:
      - "CORS.accesscontrolalloworiginlist=https://a.example"
      - "CORS.accesscontrolmaxage=0"
      - "CORS.accesscontrolallowmethods=GET,POST"
      - "CORS.accesscontrolallowheaders=Content-Type"
      - "CORS.addvaryheader=true"
""",
    ),
    "TOML: a list that is kept": (
        "traefik/dynamic.toml",
        """
[http.middlewares.cors.headers]
  accessControlAllowOriginList = ["https://app.example"]
  accessControlAllowMethods = ["GET", "PUT"]
  accessControlAllowHeaders = ["Content-Type"]
  accessControlMaxAge = 600
  addVaryHeader = true
""",
    ),
    "TOML: headers about other things": (
        "traefik/dynamic.toml",
        """
[http.middlewares.x.headers]
  frameDeny = true
  [http.middlewares.x.headers.customResponseHeaders]
  X-A = "b"
""",
    ),
    "TOML: a folder for development": (
        "dev/traefik.toml",
        """
[http.middlewares.cors.headers]
  accessControlAllowOriginList = ["*"]
  accessControlAllowMethods = ["GET", "POST"]
  accessControlAllowHeaders = ["Content-Type"]
  addVaryHeader = true
""",
    ),
    "TOML: a text that names an option": (
        "pyproject.toml",
        """
[project]
name = "x"
description = "sets accessControlAllowOriginList"
""",
    ),
}
"""Files in which nothing is."""

FILES = {
    name: (path, text.lstrip("\n").replace("CORS.", "traefik.http.middlewares.cors.headers."))
    for name, (path, text) in {**FOUND, **SILENT}.items()
}


@pytest.mark.parametrize("name", FILES)
def test_a_file(name: str, differences: Differences) -> None:
    path, text = FILES[name]
    assert differences({path: text}) == []


@pytest.mark.parametrize("name", FILES)
def test_lines_may_end_as_on_windows(name: str, differences: Differences) -> None:
    path, text = FILES[name]
    assert differences({path: text.replace("\n", "\r\n")}) == []


MENDED = [
    name
    for name, (_, text) in FOUND.items()
    if "any-origin" in text or "production-wildcard" in text
    if "(" not in text and "ListRegex" not in text and "headers:\n        custom" not in text
]
"""Those where everyone is let in, and nothing else is wrong."""


@pytest.mark.parametrize("name", MENDED)
def test_naming_the_origin_mends_it(name: str, differences: Differences) -> None:
    path, text = FILES[name]
    text = re.sub(r"[ ]*# <- .*", "", text)
    for everyone in ("'*'", '"*"', "=*", "-*"):
        text = text.replace(everyone, everyone.replace("*", "https://app.example.com"))
    assert differences({path: text}) == []


def test_more_stays_silent_than_is_found() -> None:
    assert len(SILENT) + len(MENDED) > len(FOUND)
    for files, is_marked in ((FOUND, True), (SILENT, False)):
        assert [name for name, (_, text) in files.items() if ("# <- " in text) != is_marked] == []
