from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.settings import settings

storefront = FastAPI(title="Storefront")
storefront.add_middleware(
    CORSMiddleware,
    allow_origins=settings.storefront_origins,
    allow_credentials=True,
    allow_methods=["GET", "POST", "DELETE"],
    allow_headers=["authorization"],
)

admin = FastAPI(title="Admin")
admin.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@storefront.get("/products")
def products() -> list[str]:
    return ["teapot"]


@admin.get("/orders")
def orders() -> list[str]:
    return ["one teapot for Alice"]
