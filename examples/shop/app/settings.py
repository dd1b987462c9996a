import os


class Settings:
    debug: bool = os.getenv("SHOP_DEBUG") == "1"
    origins: str = os.getenv("SHOP_ORIGINS", "*")

    @property
    def storefront_origins(self) -> list[str]:
        return [origin.strip() for origin in self.origins.split(",")]


settings = Settings()
