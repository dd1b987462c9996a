import os


class Settings:
    debug: bool = os.getenv("SHOP_DEBUG") == "1"
    storefront_origins: list[str] = os.getenv("SHOP_ORIGINS", "https://shop.example.com").split(",")


settings = Settings()
